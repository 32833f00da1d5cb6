//! The system table.
#![no_std]

use interface_guests::say;
use tegmentum::uefi::system;

const ACPI_2: &str = "8868e871-e4f1-11d3-bc22-0080c73c8881";

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/system@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        let revision = system::revision();
        say!("system: UEFI {}.{} by {}", revision.major, revision.minor, system::vendor());
        say!("system: its revision {:#x}", system::firmware_revision());
        say!("system: has ACPI: {}", system::tables().iter().any(|table| table == ACPI_2));
        Ok(())
    }
}

export!(Program);
