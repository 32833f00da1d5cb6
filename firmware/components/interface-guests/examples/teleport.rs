//! A guest for a host of another day: it imports an interface that this one does not have.
#![no_std]

use interface_guests as _;
use tegmentum::uefi::teleport;

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/teleport@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "teleport-wit",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        teleport::jump("there")
    }
}

export!(Program);
