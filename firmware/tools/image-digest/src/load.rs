//! Laying a file out as in memory.

use crate::headers::{Headers, Section};
use crate::memory::{ImageError, Memory};
use alloc::vec;
use alloc::vec::Vec;

/// Larger images are refused: the size is the file's own word, and no application comes near it.
const LARGEST: u32 = 256 << 20;

/// The image of `file` as it lies in memory at its preferred base.
///
/// # Errors
/// When the headers do not hold, or the file ends before a section does.
pub fn load(file: &[u8]) -> Result<Vec<u8>, ImageError> {
    let headers = Headers::read(file)?;
    if headers.image_size > LARGEST || headers.size > headers.image_size {
        return Err(ImageError::new(0, "the image is larger than 256 MiB, or its headers than itself"));
    }
    let mut image = vec![0; headers.image_size as usize];
    let bytes = file.bytes(0, headers.size).ok_or(ImageError::new(0, "the file ends before its headers do"))?;
    image[..bytes.len()].copy_from_slice(bytes);
    for section in &headers.sections {
        let start = section.memory.start as usize;
        let bytes = raw(file, section)?;
        // Within the image: reading the headers made sure of that.
        image[start..start + bytes.len()].copy_from_slice(bytes);
    }
    Ok(image)
}

/// The bytes of a section that the file has: no more than VirtualSize. The rest is zero.
fn raw<'a>(file: &'a [u8], section: &Section) -> Result<&'a [u8], ImageError> {
    let size = section.raw_size.min(section.memory.size());
    let ends = ImageError::new(section.memory.start, "the file ends before this section does");
    if size == 0 { Ok(&[]) } else { file.bytes(section.raw_place, size).ok_or(ends) }
}
