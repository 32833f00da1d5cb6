//! Taking native code's unwind table out of wasmtime's sight.
//!
//! Cranelift writes the table for every `windows` target, and there wasmtime's runtime would register it with the
//! operating system. Built for UEFI, the runtime has nowhere to register it and refuses the section by name. It is not
//! needed: traps are explicit and resume at a known frame. So `.pdata` takes the name of its companion `.xdata`, which
//! wasmtime skips.

use crate::Failure;
use object::elf::FileHeader64;
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, SectionIndex, read};

const TABLE: &[u8] = b".pdata";
const SKIPPED: &[u8; 6] = b".xdata";

/// Renames the unwind table of an artifact, where it has one.
///
/// # Errors
/// [`Failure::Artifact`] when the artifact is not the ELF file that wasmtime writes.
pub fn hide_table(mut artifact: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let names = names(&artifact).map_err(|error| Failure::Artifact(error.to_string()))?;
    for place in names {
        artifact[place..place + SKIPPED.len()].copy_from_slice(SKIPPED);
    }
    Ok(artifact)
}

/// Where in the file the table's name is.
fn names(artifact: &[u8]) -> read::Result<Vec<usize>> {
    let header = FileHeader64::<Endianness>::parse(artifact)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, artifact)?;
    let names = SectionIndex(header.shstrndx(endian, artifact)? as usize);
    let (start, _) = sections.section(names)?.file_range(endian).unwrap_or_default();
    let mut places = Vec::new();
    for section in sections.iter() {
        if sections.section_name(endian, section)? == TABLE {
            places.push(start as usize + section.sh_name(endian) as usize);
        }
    }
    Ok(places)
}
