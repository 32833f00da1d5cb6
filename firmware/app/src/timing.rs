//! How long each operation took.

use crate::say;
use alloc::vec::Vec;
use core::time::Duration;
use tpm2_driver::Watch;
use uefi_host::Clock;

/// Timings in the order in which they were taken. Kept until the end, so that printing one does not slow the next.
#[derive(Debug)]
pub struct Timings {
    clock: Clock,
    taken: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Measures by `clock`.
    #[must_use]
    pub const fn new(clock: Clock) -> Self {
        Self { clock, taken: Vec::new() }
    }

    /// The clock that measures.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Does `operation` and keeps how long it took.
    pub fn measure<T>(&mut self, name: &'static str, operation: impl FnOnce() -> T) -> T {
        self.measure_steps(name, |_| operation())
    }

    /// Does `operation`, whose steps are measured on their own, and keeps how long all of it took.
    pub fn measure_steps<T>(&mut self, name: &'static str, operation: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.clock.elapsed();
        let result = operation(self);
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

impl Watch for Timings {
    fn measure<R>(&mut self, name: &'static str, operation: impl FnOnce() -> R) -> R {
        self.measure_steps(name, |_| operation())
    }
}
