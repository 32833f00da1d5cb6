//! A monotonic clock. UEFI offers none that every firmware has, so it is the processor's time stamp counter, measured
//! once against the firmware's own stall.

use core::arch::x86_64::_rdtsc;
use core::time::Duration;
use uefi::boot;

/// How long the counter is measured. A stall is at least this long, so a longer one only narrows the error.
const MEASURED: Duration = Duration::from_millis(10);

/// Time since the clock was started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: u64,
    ticks_per_ms: u64,
}

impl Clock {
    /// Measures the counter, which takes 10 ms, and starts from now.
    #[must_use]
    pub fn start() -> Self {
        let before = ticks();
        boot::stall(MEASURED);
        let measured = ticks().saturating_sub(before);
        // Never zero: a counter that stands still would otherwise divide by it.
        Self { start: before, ticks_per_ms: (measured / 10).max(1) }
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let ticks = u128::from(ticks().saturating_sub(self.start));
        let nanoseconds = ticks * 1_000_000 / u128::from(self.ticks_per_ms);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

fn ticks() -> u64 {
    // SAFETY: every x86-64 processor has the counter, and UEFI applications run where reading it is allowed.
    unsafe { _rdtsc() }
}
