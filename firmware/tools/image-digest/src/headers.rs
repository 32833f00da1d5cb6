//! The headers of a PE32+ image: just what the digest depends on.

use crate::memory::{ImageError, Memory, add, array, u16_at, u32_at, u64_at};
use alloc::vec::Vec;

/// `IMAGE_NT_OPTIONAL_HDR64_MAGIC`.
const PE32_PLUS: u16 = 0x20B;
/// Bytes of the signature and the COFF header.
const COFF: u32 = 24;
/// Bytes of the optional header before the data directories.
const OPTIONAL: u32 = 112;
/// Index of the base relocations among the data directories.
const RELOCATIONS: u32 = 5;
/// Bytes of a section header.
const SECTION: u32 = 40;
/// The Windows loader's limit; a linker for UEFI makes fewer than ten.
const MOST_SECTIONS: u16 = 96;
/// `IMAGE_SCN_MEM_WRITE`.
const WRITE: u32 = 0x8000_0000;

/// A range of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

impl Range {
    /// How many bytes it has.
    pub const fn size(self) -> u32 {
        self.end - self.start
    }

    fn new(start: u32, size: u32) -> Result<Self, ImageError> {
        Ok(Self { start, end: add(start, size)? })
    }
}

/// A section's header.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Where it lies in memory, over VirtualSize.
    pub memory: Range,
    /// How many bytes the file has of it.
    pub raw_size: u32,
    /// Where in the file these are.
    pub raw_place: u32,
    /// Whether the program may write to it.
    pub writable: bool,
}

/// What the headers say.
#[derive(Clone, Debug)]
pub struct Headers {
    /// Bytes of the image in memory.
    pub image_size: u32,
    /// Bytes of the headers.
    pub size: u32,
    /// The sections in order of their headers, which is also their order in memory.
    pub sections: Vec<Section>,
    /// The base relocations; empty when there are none.
    pub relocations: Range,
}

/// The address that the image was linked for, from the headers of its file. In memory the field is of no use: EDK II
/// writes there where it loaded the image.
///
/// # Errors
/// When this is not the beginning of a PE32+ image.
pub fn preferred_base(memory: &(impl Memory + ?Sized)) -> Result<u64, ImageError> {
    u64_at(memory, add(optional_header(memory)?, 24)?)
}

/// Where the optional header is.
fn optional_header(memory: &(impl Memory + ?Sized)) -> Result<u32, ImageError> {
    if array(memory, 0)? != *b"MZ" {
        return Err(ImageError::new(0, "this is not a PE image"));
    }
    let place = u32_at(memory, 0x3C)?;
    if array(memory, place)? != *b"PE\0\0" {
        return Err(ImageError::new(place, "this is not a PE image"));
    }
    let optional = add(place, COFF)?;
    if u16_at(memory, optional)? != PE32_PLUS {
        return Err(ImageError::new(optional, "this is not a PE32+ image"));
    }
    Ok(optional)
}

impl Headers {
    /// Reads the headers.
    pub fn read(memory: &(impl Memory + ?Sized)) -> Result<Self, ImageError> {
        let optional = optional_header(memory)?;
        let coff = optional - COFF;
        let (count, optional_size) = (u16_at(memory, coff + 6)?, u16_at(memory, coff + 20)?);
        if count > MOST_SECTIONS {
            return Err(ImageError::new(coff + 6, "too many sections"));
        }
        let image_size = u32_at(memory, add(optional, 56)?)?;
        let size = u32_at(memory, add(optional, 60)?)?;
        let table = add(optional, u32::from(optional_size))?;
        Ok(Self {
            image_size,
            size,
            sections: sections(memory, table, count, image_size)?,
            relocations: relocations(memory, optional, u32::from(optional_size))?,
        })
    }
}

/// The section table. Sections that overlap or are out of order would make one byte count twice, or in another place.
fn sections(
    memory: &(impl Memory + ?Sized),
    table: u32,
    count: u16,
    image_size: u32,
) -> Result<Vec<Section>, ImageError> {
    let mut sections = Vec::new();
    let mut end = 0;
    for number in 0..u32::from(count) {
        let place = add(table, number * SECTION)?;
        let section = section(memory, place)?;
        if section.memory.start < end || section.memory.end > image_size {
            return Err(ImageError::new(place, "a section that overlaps another or leaves the image"));
        }
        end = section.memory.end;
        sections.push(section);
    }
    Ok(sections)
}

fn section(memory: &(impl Memory + ?Sized), place: u32) -> Result<Section, ImageError> {
    let (size, start) = (u32_at(memory, add(place, 8)?)?, u32_at(memory, add(place, 12)?)?);
    let (raw_size, raw_place) = (u32_at(memory, add(place, 16)?)?, u32_at(memory, add(place, 20)?)?);
    let writable = u32_at(memory, add(place, 36)?)? & WRITE != 0;
    if size == 0 && raw_size != 0 {
        // A loader takes the raw size then, and the digest would miss what it loads.
        return Err(ImageError::new(place, "a section with bytes but without a virtual size"));
    }
    Ok(Section { memory: Range::new(start, size)?, raw_size, raw_place, writable })
}

/// The data directory of the base relocations.
fn relocations(memory: &(impl Memory + ?Sized), optional: u32, optional_size: u32) -> Result<Range, ImageError> {
    let directories = u32_at(memory, add(optional, OPTIONAL - 4)?)?;
    let place = OPTIONAL + 8 * RELOCATIONS;
    if directories <= RELOCATIONS || place + 8 > optional_size {
        return Ok(Range { start: 0, end: 0 });
    }
    let place = add(optional, place)?;
    Range::new(u32_at(memory, place)?, u32_at(memory, add(place, 4)?)?)
}
