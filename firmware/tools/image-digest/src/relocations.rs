//! Base relocations: which words of an image hold addresses.

use crate::headers::Headers;
use crate::memory::{ImageError, Memory, add, u16_at, u32_at};
use alloc::vec::Vec;

/// Bytes of a relocated word.
pub const WORD: u32 = 8;
/// `IMAGE_REL_BASED_ABSOLUTE`: padding.
const ABSOLUTE: u16 = 0;
/// `IMAGE_REL_BASED_DIR64`.
const DIR64: u16 = 10;
/// Bytes of a block's header.
const BLOCK: u32 = 8;

/// Where the relocated words of sections that are not writable are, ascending.
pub fn relocated(memory: &(impl Memory + ?Sized), headers: &Headers) -> Result<Vec<u32>, ImageError> {
    let range = headers.relocations;
    if range.size() == 0 {
        return Ok(Vec::new());
    }
    // In a writable section the program could change them, and with them the digest.
    if within(headers, range.start, range.size())? != Some(false) {
        return Err(ImageError::new(range.start, "base relocations outside of the sections that are not writable"));
    }
    let mut places = Vec::new();
    let mut block = range.start;
    while block < range.end {
        let next = add(block, u32_at(memory, add(block, 4)?)?)?;
        if next < add(block, BLOCK)? || next > range.end || !next.is_multiple_of(2) {
            return Err(ImageError::new(block, "a block of relocations with an odd size"));
        }
        for entry in (block + BLOCK..next).step_by(2) {
            places.extend(place(memory, headers, u32_at(memory, block)?, entry)?);
        }
        block = next;
    }
    places.sort_unstable();
    match places.windows(2).find(|pair| pair[1] - pair[0] < WORD) {
        Some(pair) => Err(ImageError::new(pair[1], "relocations that overlap")),
        None => Ok(places),
    }
}

/// Where an entry points; none for padding and for what is writable.
fn place(memory: &(impl Memory + ?Sized), headers: &Headers, page: u32, entry: u32) -> Result<Option<u32>, ImageError> {
    let value = u16_at(memory, entry)?;
    match value >> 12 {
        ABSOLUTE => Ok(None),
        DIR64 => {
            let place = add(page, u32::from(value & 0xFFF))?;
            match within(headers, place, WORD)? {
                Some(writable) => Ok((!writable).then_some(place)),
                None => Err(ImageError::new(place, "a relocation that is not within a section")),
            }
        }
        _ => Err(ImageError::new(entry, "a relocation of a kind other than DIR64")),
    }
}

/// Whether the section that holds these bytes is writable; none when no section holds all of them.
fn within(headers: &Headers, place: u32, size: u32) -> Result<Option<bool>, ImageError> {
    let end = add(place, size)?;
    let holder = headers.sections.iter().find(|section| section.memory.start <= place && end <= section.memory.end);
    Ok(holder.map(|section| section.writable))
}
