//! `TPM2_CreatePrimary` (Part 3, 24.1) of an attestation key.

use super::{AkPublic, PcrSelection, template};
use crate::wire::{Command, CommandCode, LONGEST, Malformed, RH_OWNER, ST_CREATION, Success};
use alloc::vec::Vec;

/// The longest name: an algorithm and a SHA-512 digest.
pub(super) const LONGEST_NAME: usize = 66;
/// The longest digest there is.
const LONGEST_DIGEST: usize = 64;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primary {
    /// Its transient handle.
    pub handle: u32,
    /// Its public area.
    pub public: AkPublic,
    /// Its name: the name algorithm, and the public area's digest.
    pub name: Vec<u8>,
}

/// `TPM2_CreatePrimary` of a restricted ECC P-256 signing key in the owner hierarchy, without a password of its own.
#[must_use]
pub fn create_primary() -> Vec<u8> {
    let template = template();
    // The template is 24 bytes.
    let size = u16::try_from(template.len()).unwrap_or(u16::MAX);
    Command::authorized(CommandCode::CREATE_PRIMARY, RH_OWNER)
        // inSensitive: an empty password and no data; inPublic; outsideInfo and creationPCR: none.
        .u16(4)
        .u32(0)
        .u16(size)
        .bytes(&template)
        .u16(0)
        .u32(0)
        .finish()
}

/// The key made. Creation data, hash and ticket are read, so that the response is known to hold, and dropped.
///
/// # Errors
/// When the response does not hold, or the key is another than was asked for.
pub fn parse_create_primary(response: &Success) -> Result<Primary, Malformed> {
    let (handle, (public, name)) = response.handle_and_parameters(|reader| {
        let public = AkPublic::parse(reader.sized(LONGEST)?)?;
        creation_data(reader.sized(LONGEST)?)?;
        reader.sized(LONGEST_DIGEST)?;
        reader.expect(&ST_CREATION.to_be_bytes(), "a creation ticket")?;
        reader.expect(&RH_OWNER.to_be_bytes(), "the owner hierarchy")?;
        reader.sized(LONGEST_DIGEST)?;
        Ok((public, reader.sized(LONGEST_NAME)?.rest().to_vec()))
    })?;
    Ok(Primary { handle, public, name })
}

/// `TPMS_CREATION_DATA` (Part 2, 15.1).
fn creation_data(mut reader: crate::wire::Reader<'_>) -> Result<(), Malformed> {
    PcrSelection::list(&mut reader)?;
    reader.sized(LONGEST_DIGEST)?;
    // The locality and the parent's name algorithm.
    reader.u8()?;
    reader.u16()?;
    for _ in ["the parent's name", "the parent's qualified name"] {
        reader.sized(LONGEST_NAME)?;
    }
    // outsideInfo.
    reader.sized(LONGEST_NAME)?;
    reader.finish()
}
