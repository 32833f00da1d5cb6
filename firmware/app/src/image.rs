//! The digest of the image that runs.

use crate::{Failure, Hex, say};
use core::fmt;
use core::ptr::NonNull;
use core::slice;
use image_digest::{ImageError, Memory, image_digest};
use uefi::proto::loaded_image::LoadedImage;
use uefi::{Status, boot};

/// Why the running image has no digest. Displays as one sentence.
#[derive(Debug)]
pub enum MeasureError {
    /// Firmware did not tell where the image is.
    Firmware(uefi::Error),
    /// The image does not hold.
    Image(ImageError),
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Firmware(error) => write!(f, "firmware does not tell where this image is: {error}"),
            Self::Image(error) => write!(f, "the image that runs has no digest: {error}"),
        }
    }
}

impl core::error::Error for MeasureError {}

impl Failure for MeasureError {
    fn status(&self) -> Status {
        match self {
            Self::Firmware(error) => error.status(),
            Self::Image(_) => Status::LOAD_ERROR,
        }
    }
}

/// This image, where firmware loaded it.
struct Running {
    start: NonNull<u8>,
    size: u64,
}

impl Memory for Running {
    fn bytes(&self, place: u32, size: u32) -> Option<&[u8]> {
        let end = u64::from(place).checked_add(u64::from(size))?;
        if end > self.size {
            return None;
        }
        // SAFETY: within the image, which stays loaded while it runs. Only headers and sections that are not writable
        // are asked for, which firmware has finished with and this program does not change.
        Some(unsafe { slice::from_raw_parts(self.start.add(place as usize).as_ptr(), size as usize) })
    }
}

/// Measures the image that runs, and prints its digest. `linked_for` is its preferred base, which only the build knows:
/// firmware may have written the actual one over it in the headers.
///
/// # Errors
/// When firmware does not tell where the image is, or it does not hold.
pub fn measure(linked_for: u64) -> Result<[u8; 32], MeasureError> {
    let running = running().map_err(MeasureError::Firmware)?;
    let loaded_at = running.start.addr().get() as u64;
    let digest = image_digest(&running, loaded_at, linked_for).map_err(MeasureError::Image)?;
    say!("image: {} bytes at {loaded_at:#x}, sha256 {}", running.size, Hex(&digest));
    Ok(digest)
}

fn running() -> uefi::Result<Running> {
    let image = boot::open_protocol_exclusive::<LoadedImage>(boot::image_handle())?;
    let (start, size) = image.info();
    let start = NonNull::new(start.cast_mut().cast()).ok_or(Status::NOT_FOUND)?;
    Ok(Running { start, size })
}

/// The preferred base of the application that is compiled: what its build.rs told the linker, and put into `IMAGE_BASE`.
#[macro_export]
macro_rules! linked_for {
    () => {
        const {
            match u64::from_str_radix(env!("IMAGE_BASE"), 10) {
                Ok(base) => base,
                Err(_) => panic!("build.rs gives a number"),
            }
        }
    };
}
