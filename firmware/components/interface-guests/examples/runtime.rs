//! Capsules, and the reset where that is granted.
#![no_std]

use interface_guests::{outcome, say};
use tegmentum::uefi::runtime::{CapsuleFlags, ResetKind, query_capsule, reset};

/// EFI_FIRMWARE_MANAGEMENT_CAPSULE_ID_GUID.
const FIRMWARE_UPDATE: &str = "6dcbd5ed-e82d-4c44-bda1-7194199ad92a";

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/runtime@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        say!("runtime: no capsule: {}", outcome!(query_capsule("update", CapsuleFlags::empty())));
        let contradiction = CapsuleFlags::INITIATE_RESET;
        say!("runtime: reset without persistence: {}", outcome!(query_capsule(FIRMWARE_UPDATE, contradiction)));
        let flags = CapsuleFlags::PERSIST_ACROSS_RESET;
        match query_capsule(FIRMWARE_UPDATE, flags) {
            Ok(support) => say!("runtime: updates of {} bytes", support.maximum_size),
            Err(status) => say!("runtime: updates: {}", status.name()),
        }
        say!("runtime: reset");
        say!("runtime: reset was {}", outcome!(reset(ResetKind::Shutdown)));
        Ok(())
    }
}

export!(Program);
