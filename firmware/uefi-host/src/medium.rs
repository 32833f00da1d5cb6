//! The boot medium: the volume that the running image was loaded from.

use alloc::vec::Vec;
use core::fmt;
use uefi::fs::{Error as FileError, FileSystem};
use uefi::{CStr16, Status, boot};

/// Why a file that is there could not be read. Displays as one sentence.
#[derive(Debug)]
pub enum MediumError {
    /// Firmware gave an error.
    Unreadable(&'static CStr16, FileError),
    /// The file is larger than will be read. Holds its size in bytes.
    TooLarge(&'static CStr16, u64),
}

impl fmt::Display for MediumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "{path} cannot be read: {error}"),
            Self::TooLarge(path, size) => write!(f, "{path} is too large: {size} bytes"),
        }
    }
}

impl core::error::Error for MediumError {}

/// A file's bytes; none when it is not there, or when the image was booted from something without a file system. Files
/// larger than `largest` are refused unread: firmware would rather hang than fail for want of memory.
///
/// # Errors
/// A [`MediumError`] that names the file.
pub fn read(path: &'static CStr16, largest: u64) -> Result<Option<Vec<u8>>, MediumError> {
    let Ok(volume) = boot::get_image_file_system(boot::image_handle()) else {
        return Ok(None);
    };
    let mut files = FileSystem::new(volume);
    let size = match files.metadata(path) {
        Ok(metadata) => metadata.file_size(),
        Err(FileError::Io(error)) if error.uefi_error.status() == Status::NOT_FOUND => return Ok(None),
        Err(error) => return Err(MediumError::Unreadable(path, error)),
    };
    if size > largest {
        return Err(MediumError::TooLarge(path, size));
    }
    files.read(path).map(Some).map_err(|error| MediumError::Unreadable(path, error))
}
