//! The console, both ways.
#![no_std]

use interface_guests::{outcome, say};
use tegmentum::uefi::{console, time};

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
        say!("console: odd \u{1b}[2J \u{7}\r \u{fc} \u{1f980} end");
        say!("console: too much: {}", outcome!(console::write(&"x".repeat(65_537))));
        say!("console: press a key");
        // Ten seconds: whoever tests this types as soon as the line above is there.
        for _ in 0..1_000 {
            if let Some(key) = console::read()? {
                say!("console: the key was {key:?}");
                return Ok(());
            }
            time::stall(10_000)?;
        }
        say!("console: no key");
        Ok(())
    }
}

export!(Program);
