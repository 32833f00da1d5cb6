//! The clocks.
#![no_std]

use interface_guests::{outcome, say};
use tegmentum::uefi::time;

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
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
        let now = time::now()?;
        say!("time: {:04}-{:02}-{:02} {:02}:{:02}", now.year, now.month, now.day, now.hour, now.minute);
        let before = time::monotonic();
        time::stall(20_000)?;
        let waited = time::monotonic() - before;
        // Half, since the clock was measured by such waits, and on a busy host they were as long as this one should be.
        say!("time: a wait of 20 ms was at least 10: {}", waited >= 10_000_000);
        say!("time: a second at once: {}", outcome!(time::stall(1_000_000)));
        say!("time: more than a second: {}", outcome!(time::stall(1_000_001)));
        Ok(())
    }
}

export!(Program);
