//! The evidence on the boot medium.

use app::say;
use uefi::fs::{Error, FileSystem};
use uefi::{CStr16, Status, boot, cstr16};

/// What the application attests.
pub const EVIDENCE: &CStr16 = cstr16!("\\citadel-attest.bin");
/// What binds that to the machine.
pub const BINDING: &CStr16 = cstr16!("\\citadel-bind.bin");

/// Writes evidence to `path`, and says where it is or why it is not there. That it cannot be written is no failure: the
/// console has it already.
pub fn write(path: &CStr16, evidence: &[u8]) {
    let Ok(volume) = boot::get_image_file_system(boot::image_handle()) else {
        say!("evidence: on the console only, since the image was not booted from a medium with files");
        return;
    };
    match replace(&mut FileSystem::new(volume), path, evidence) {
        Ok(()) => say!("evidence: {} bytes in {path}", evidence.len()),
        Err(error) => say!("evidence: on the console only, since {path} cannot be written: {}", reason(&error)),
    }
}

fn replace(files: &mut FileSystem, path: &CStr16, evidence: &[u8]) -> Result<(), Error> {
    files.write(path, evidence).inspect_err(|_| {
        // A part of the evidence would look like evidence that somebody changed. Where nothing can be written, nothing
        // can be removed either, and then there is no part.
        let _ = files.remove_file(path);
    })
}

/// What firmware gave as the reason: `uefi`'s own words for it are `IO error`.
fn reason(error: &Error) -> Status {
    match error {
        Error::Io(error) => error.uefi_error.status(),
        // Not of a path and bytes that this program chose.
        Error::Path(_) | Error::Utf8Encoding(_) => Status::INVALID_PARAMETER,
    }
}
