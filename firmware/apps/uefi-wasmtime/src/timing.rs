//! How long each operation took.

use crate::say::say;
use alloc::vec::Vec;
use core::time::Duration;
use uefi_host::Clock;

/// Timings in the order in which they were taken. Kept until the end, so that printing one does not slow the next.
pub struct Timings {
    clock: Clock,
    taken: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Measures by `clock`.
    pub const fn new(clock: Clock) -> Self {
        Self { clock, taken: Vec::new() }
    }

    /// The clock that measures.
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Does `operation` and keeps how long it took.
    pub fn measure<T>(&mut self, name: &'static str, operation: impl FnOnce() -> T) -> T {
        let before = self.clock.elapsed();
        let result = operation();
        self.taken.push((name, self.clock.elapsed().saturating_sub(before)));
        result
    }

    /// Prints one line per operation, and one for the whole run so far: `timing NAME MICROSECONDS us`.
    pub fn print(&self) {
        for (name, duration) in &self.taken {
            say!("timing {name} {} us", duration.as_micros());
        }
        say!("timing total {} us", self.clock.elapsed().as_micros());
    }
}
