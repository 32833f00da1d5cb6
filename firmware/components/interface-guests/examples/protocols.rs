//! The handle database.
#![no_std]

use interface_guests::{outcome, say};
use tegmentum::uefi::protocols::locate;

const SIMPLE_FILE_SYSTEM: &str = "964e5b22-6459-11d2-8e39-00a0c969723b";
/// EFI_DEVICE_PATH_TO_TEXT_PROTOCOL, on a handle that is no device.
const DEVICE_PATH_TO_TEXT: &str = "8b843e20-8132-4852-90cc-551a4e4a7f1c";

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/protocols@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        let volumes = locate(SIMPLE_FILE_SYSTEM)?;
        say!("protocols: {} volume", volumes.len());
        for volume in &volumes {
            let installed = volume.protocols()?.iter().any(|protocol| protocol == SIMPLE_FILE_SYSTEM);
            say!("protocols: as located: {installed}");
            say!("protocols: at {}", volume.device_path()?);
        }
        for handle in locate(DEVICE_PATH_TO_TEXT)? {
            say!("protocols: no device: {}", outcome!(handle.device_path()));
        }
        say!("protocols: nobody's: {}", outcome!(locate("00000000-0000-0000-0000-000000000001")));
        say!("protocols: no protocol: {}", outcome!(locate("file system")));
        Ok(())
    }
}

export!(Program);
