//! Time and the counters beside it (Part 1, section 36).

use crate::platform::Platform;
use crate::rc::Rc;
use crate::types::YesNo;
use crate::types::attest::ClockInfo;
use crate::wire::{Reader, Wire, Writer};

/// The clock survives power cycles, the time does not.
pub(crate) struct Clock {
    /// Milliseconds that the TPM has been powered in its life.
    clock: u64,
    /// Milliseconds since _TPM_Init.
    pub(crate) time: u64,
    /// The platform's milliseconds when both were last brought up to date.
    seen: u64,
    /// TPM Resets in the life of the TPM.
    pub(crate) reset_count: u32,
    /// TPM Restarts, TPM Resumes and launches since the last TPM Reset.
    pub(crate) restart_count: u32,
    /// Starts with TPM_SU_CLEAR in the life of the TPM.
    pub(crate) clear_count: u32,
    /// That no higher value of the clock was ever reported.
    pub(crate) safe: bool,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { clock: 0, time: 0, seen: 0, reset_count: 0, restart_count: 0, clear_count: 0, safe: true }
    }

    /// Lets both run up to now.
    pub(crate) fn advance(&mut self, platform: &mut dyn Platform) {
        let now = platform.milliseconds();
        let elapsed = now.saturating_sub(self.seen);
        self.seen = now;
        self.clock = self.clock.saturating_add(elapsed);
        self.time = self.time.saturating_add(elapsed);
    }

    /// Power came on: time starts anew, from now.
    pub(crate) fn power_on(&mut self, platform: &mut dyn Platform) {
        self.attach(platform);
        self.time = 0;
    }

    /// Goes on from now: what the platform counted before is not this TPM's.
    pub(crate) fn attach(&mut self, platform: &mut dyn Platform) {
        self.seen = platform.milliseconds();
    }

    pub(crate) fn info(&self) -> ClockInfo {
        ClockInfo {
            clock: self.clock,
            reset_count: self.reset_count,
            restart_count: self.restart_count,
            safe: self.safe,
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u64(self.clock);
        writer.u64(self.time);
        writer.u32(self.reset_count);
        writer.u32(self.restart_count);
        writer.u32(self.clear_count);
        writer.put(&YesNo(self.safe));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self {
            clock: reader.u64()?,
            time: reader.u64()?,
            seen: 0,
            reset_count: reader.u32()?,
            restart_count: reader.u32()?,
            clear_count: reader.u32()?,
            safe: YesNo::read(reader)?.0,
        })
    }
}
