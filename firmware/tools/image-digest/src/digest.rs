//! The digest itself.

use crate::headers::{Headers, Range};
use crate::memory::{ImageError, Memory, u64_at};
use crate::relocations::{WORD, relocated};
use sha2::{Digest, Sha256};

/// The digest of an image that lies at address `loaded_at` and was linked for `preferred_base`.
///
/// # Errors
/// When the headers or the relocations do not hold: such an image has no digest.
pub fn image_digest(
    memory: &(impl Memory + ?Sized),
    loaded_at: u64,
    preferred_base: u64,
) -> Result<[u8; 32], ImageError> {
    let headers = Headers::read(memory)?;
    let places = relocated(memory, &headers)?;
    let moved = loaded_at.wrapping_sub(preferred_base);
    let mut hash = Sha256::new();
    let mut rest = places.as_slice();
    for section in headers.sections.iter().filter(|section| !section.writable) {
        let (inside, after) = rest.split_at(rest.partition_point(|place| *place < section.memory.end));
        add_section(&mut hash, memory, section.memory, inside, moved)?;
        rest = after;
    }
    Ok(hash.finalize().into())
}

/// Adds a section whose words at `places` were moved by `moved`.
fn add_section(
    hash: &mut Sha256,
    memory: &(impl Memory + ?Sized),
    section: Range,
    places: &[u32],
    moved: u64,
) -> Result<(), ImageError> {
    let mut from = section.start;
    for place in places {
        add_bytes(hash, memory, Range { start: from, end: *place })?;
        hash.update(u64_at(memory, *place)?.wrapping_sub(moved).to_le_bytes());
        from = place + WORD;
    }
    add_bytes(hash, memory, Range { start: from, end: section.end })
}

fn add_bytes(hash: &mut Sha256, memory: &(impl Memory + ?Sized), range: Range) -> Result<(), ImageError> {
    let bytes = memory.bytes(range.start, range.size());
    hash.update(bytes.ok_or(ImageError::new(range.start, "the image ends before this"))?);
    Ok(())
}
