//! Reading from an image laid out in memory.

use core::fmt;

/// An image as it lies in memory: places are counted from its first byte (relative virtual addresses).
pub trait Memory {
    /// `size` bytes at `place`, if the image reaches that far. Asked only for headers and for sections that are not
    /// writable, so that an implementation over a running image need not read what changes.
    fn bytes(&self, place: u32, size: u32) -> Option<&[u8]>;
}

impl Memory for [u8] {
    fn bytes(&self, place: u32, size: u32) -> Option<&[u8]> {
        let (place, size) = (usize::try_from(place).ok()?, usize::try_from(size).ok()?);
        self.get(place..place.checked_add(size)?)
    }
}

/// Why an image has no digest, displayed as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageError {
    /// Where in memory, counted from the image's first byte.
    pub place: u32,
    /// What does not hold there.
    pub problem: &'static str,
}

impl ImageError {
    pub(crate) const fn new(place: u32, problem: &'static str) -> Self {
        Self { place, problem }
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:#x}: {}", self.place, self.problem)
    }
}

impl core::error::Error for ImageError {}

/// `N` bytes at `place`.
pub fn array<const N: usize>(memory: &(impl Memory + ?Sized), place: u32) -> Result<[u8; N], ImageError> {
    let bytes = u32::try_from(N).ok().and_then(|size| memory.bytes(place, size));
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(ImageError::new(place, "the image ends before this"))
}

/// A 16-bit integer at `place`.
pub fn u16_at(memory: &(impl Memory + ?Sized), place: u32) -> Result<u16, ImageError> {
    array(memory, place).map(u16::from_le_bytes)
}

/// A 32-bit integer at `place`.
pub fn u32_at(memory: &(impl Memory + ?Sized), place: u32) -> Result<u32, ImageError> {
    array(memory, place).map(u32::from_le_bytes)
}

/// A 64-bit integer at `place`.
pub fn u64_at(memory: &(impl Memory + ?Sized), place: u32) -> Result<u64, ImageError> {
    array(memory, place).map(u64::from_le_bytes)
}

/// The sum of two places.
pub fn add(place: u32, more: u32) -> Result<u32, ImageError> {
    place.checked_add(more).ok_or(ImageError::new(place, "a place beyond 4 GiB"))
}
