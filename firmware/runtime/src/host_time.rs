//! How long a guest may keep the host busy.
//!
//! Fuel counts a guest's own instructions only: a few of them can ask for a wait or for much work of the firmware, again
//! and again. So the time that host functions take is added up.

use alloc::boxed::Box;
use core::time::Duration;
use wasmtime::{CallHook, Result, format_err};

/// Time spent in host functions, and where it ends.
pub(crate) struct HostTime {
    limit: Duration,
    clock: Box<dyn Fn() -> Duration>,
    called_at: Duration,
    spent: Duration,
}

impl HostTime {
    pub(crate) fn new(limit: Duration, clock: impl Fn() -> Duration + 'static) -> Self {
        Self { limit, clock: Box::new(clock), called_at: Duration::ZERO, spent: Duration::ZERO }
    }

    /// Follows one transition between guest and host; an error, which ends the guest, once its time is used up.
    pub(crate) fn follow(&mut self, transition: CallHook) -> Result<()> {
        match transition {
            CallHook::CallingHost => self.called_at = (self.clock)(),
            CallHook::ReturningFromHost => {
                self.spent += (self.clock)().saturating_sub(self.called_at);
                if self.spent > self.limit {
                    return Err(format_err!("it kept the host busy for more than {:?}", self.limit));
                }
            }
            CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
        }
        Ok(())
    }
}
