//! The evidence on the boot medium.

use app::say;
use uefi::fs::{Error, FileSystem};
use uefi::{CStr16, Status, boot, cstr16};

const PATH: &CStr16 = cstr16!("\\citadel-attest.bin");

/// Writes the evidence, and says where it is or why it is not there. That it cannot be written is no failure: the
/// console has it already.
pub fn write(evidence: &[u8]) {
    let Ok(volume) = boot::get_image_file_system(boot::image_handle()) else {
        say!("evidence: on the console only, since the image was not booted from a medium with files");
        return;
    };
    match replace(&mut FileSystem::new(volume), evidence) {
        Ok(()) => say!("evidence: {} bytes in {PATH}", evidence.len()),
        Err(error) => say!("evidence: on the console only, since {PATH} cannot be written: {}", reason(&error)),
    }
}

fn replace(files: &mut FileSystem, evidence: &[u8]) -> Result<(), Error> {
    files.write(PATH, evidence).inspect_err(|_| {
        // A part of the evidence would look like evidence that somebody changed. Where nothing can be written, nothing
        // can be removed either, and then there is no part.
        let _ = files.remove_file(PATH);
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
