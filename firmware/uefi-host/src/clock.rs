//! A monotonic clock. UEFI offers none that every firmware has, so it is the processor's time stamp counter, measured
//! against the firmware's own stall.

use core::arch::x86_64::_rdtsc;
use core::time::Duration;
use uefi::boot;

/// How long the counter is measured, and how often. A stall is never shorter than asked, but longer by any amount where
/// a busy host emulates the machine, so the shortest of several is the one to believe.
const MILLISECONDS: u64 = 5;
const MEASUREMENTS: u32 = 4;

/// Time since the clock was started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: u64,
    ticks_per_ms: u64,
}

impl Clock {
    /// Measures the counter, which takes 20 ms, and starts from now.
    #[must_use]
    pub fn start() -> Self {
        let start = ticks();
        let shortest = (0..MEASUREMENTS).map(|_| measure()).min().unwrap_or(0);
        // Never zero: a counter that stands still would otherwise divide by it.
        Self { start, ticks_per_ms: (shortest / MILLISECONDS).max(1) }
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let ticks = u128::from(ticks().saturating_sub(self.start));
        let nanoseconds = ticks * 1_000_000 / u128::from(self.ticks_per_ms);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// Ticks in one stall.
fn measure() -> u64 {
    let before = ticks();
    boot::stall(Duration::from_millis(MILLISECONDS));
    ticks().saturating_sub(before)
}

fn ticks() -> u64 {
    // SAFETY: every x86-64 processor has the counter, and UEFI applications run where reading it is allowed.
    unsafe { _rdtsc() }
}
