//! The public area of the attestation key (Part 2, 12.2.4): what is asked for, and what may come back.

use crate::wire::{ALG_ECC, ALG_ECDSA, ALG_NULL, ALG_SHA256, CURVE_P256, Malformed, Problem, Reader};
use alloc::vec::Vec;

/// `TPMA_OBJECT`: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign.
const ATTRIBUTES: u32 = 0x0005_0072;
/// Bytes of a P-256 coordinate.
const COORDINATE: usize = 32;

/// The public area of a restricted ECC P-256 key that signs with ECDSA and SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AkPublic {
    /// The `TPMT_PUBLIC` as the TPM gave it: its hash is the key's name.
    pub bytes: Vec<u8>,
    /// The point's x, of at most 32 bytes. That it is on the curve is for a verifier to check.
    pub x: Vec<u8>,
    /// The point's y.
    pub y: Vec<u8>,
}

/// Everything of the key's `TPMT_PUBLIC` before the point.
fn parameters() -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(ALG_ECC.to_be_bytes());
    bytes.extend(ALG_SHA256.to_be_bytes());
    bytes.extend(ATTRIBUTES.to_be_bytes());
    // No policy.
    bytes.extend([0, 0]);
    for algorithm in [ALG_NULL, ALG_ECDSA, ALG_SHA256, CURVE_P256, ALG_NULL] {
        bytes.extend(algorithm.to_be_bytes());
    }
    bytes
}

/// The `TPMT_PUBLIC` that `TPM2_CreatePrimary` is given: no point yet.
#[must_use]
pub fn template() -> Vec<u8> {
    let mut bytes = parameters();
    bytes.extend([0; 4]);
    bytes
}

impl AkPublic {
    /// A whole `TPMT_PUBLIC` of such a key, and of no other.
    pub(super) fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let bytes = reader.rest().to_vec();
        reader.expect(&parameters(), "the key that was asked for")?;
        let x = coordinate(&mut reader)?;
        let y = coordinate(&mut reader)?;
        reader.finish()?;
        Ok(Self { bytes, x, y })
    }
}

fn coordinate(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let before = reader.malformed(Problem::Expected("a coordinate of the point"));
    let bytes = reader.sized(COORDINATE)?.rest();
    if bytes.is_empty() { Err(before) } else { Ok(bytes.to_vec()) }
}
