//! The seal at the end of an artifact: what tells a damaged one from a whole one.
//!
//! wasmtime checks that an artifact is of its own version and settings, but not the code inside, so one flipped bit
//! would run. `aot-compile` therefore appends 64 bytes to what wasmtime wrote:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `BFSEAL01` |
//! | 16 | name of the tier, padded with zeros |
//! | 8 | length of what wasmtime wrote, little-endian |
//! | 32 | SHA-256 of everything before, the first three fields included |
//!
//! It is at the end so that what wasmtime wrote stays aligned as the file is. It proves that the bytes are as they were
//! written, not who wrote them: whoever can write the boot medium can write a seal.

use crate::Tier;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// How a seal begins.
pub(crate) const MAGIC: &[u8; 8] = b"BFSEAL01";
/// Bytes of a tier's name.
pub(crate) const NAME: usize = 16;

/// Appends the seal to what wasmtime wrote.
#[must_use]
pub fn seal(tier: Tier, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut name = [0; NAME];
    name[..tier.name().len()].copy_from_slice(tier.name().as_bytes());
    let length = bytes.len() as u64;
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&name);
    bytes.extend_from_slice(&length.to_le_bytes());
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}
