//! The digest of an EFI image: SHA-256 over the image as it runs.
//!
//! For each section that is not writable, in header order, its bytes in memory over VirtualSize, with base relocations
//! taken back to the preferred base. So an application can compute it of itself wherever firmware loaded it, and a tool
//! of the file: for an image at its preferred base it is no more than SHA-256 over those sections, zeros after the
//! bytes that the file has.
//!
//! Contract: one function for both sides, [`image_digest`], over anything that is laid out as in memory. Limits: PE32+
//! with `DIR64` relocations, which is what UEFI on 64-bit processors loads. Headers and writable sections are not in
//! the digest: firmware and the program itself change them.
//!
//! Reference: Microsoft, PE Format, "Section Table" and "The .reloc Section".
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod digest;
mod headers;
mod load;
mod memory;
mod relocations;

pub use digest::image_digest;
pub use headers::preferred_base;
pub use load::load;
pub use memory::{ImageError, Memory};
