//! Events and timers, some of which it leaves behind.
#![no_std]

use core::mem;
use interface_guests::{alloc::vec::Vec, outcome, say};
use tegmentum::uefi::events::{Timer, create, wait};
use tegmentum::uefi::time::monotonic;

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/events@0.1.0;
            import tegmentum:uefi/time@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        let (quiet, other) = (create()?, create()?);
        say!("events: nothing happens: {}", outcome!(wait(&[&quiet, &other], 20_000)));
        other.signal()?;
        say!("events: number {} was signalled", wait(&[&quiet, &other], 0)?);
        say!("events: and no longer is: {}", other.take()?);
        other.signal()?;
        say!("events: taken: {}", other.take()?);

        let before = monotonic();
        other.set_timer(Timer::Once(50_000))?;
        wait(&[&other], 10_000_000)?;
        // Half, for the same reason as in the guest for time; besides, the tick that is under way counts as one.
        say!("events: 50 ms took at least 20: {}", monotonic() - before >= 20_000_000);
        say!("events: once is once: {}", outcome!(wait(&[&other], 100_000)));
        other.set_timer(Timer::Every(10_000))?;
        say!("events: again and again: {} {}", wait(&[&other], 10_000_000)?, wait(&[&other], 10_000_000)?);
        other.set_timer(Timer::Off)?;
        other.take()?;
        say!("events: off: {}", outcome!(wait(&[&other], 50_000)));

        say!("events: no events: {}", outcome!(wait(&[], 0)));
        say!("events: too long: {}", outcome!(wait(&[&other], 10_000_001)));
        let mut left = Vec::new();
        let refused = loop {
            match create() {
                Ok(event) => left.push(event),
                Err(status) => break status,
            }
        };
        say!("events: after {} more: {}", left.len(), refused.name());
        other.set_timer(Timer::Every(10_000))?;
        mem::forget((left, other));
        Ok(())
    }
}

export!(Program);
