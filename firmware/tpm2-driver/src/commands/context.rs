//! `TPM2_FlushContext` (Part 3, 28.4) and `TPM2_ReadPublic` (12.4).

use super::{AkPublic, primary::LONGEST_NAME};
use crate::wire::{Command, CommandCode, LONGEST, Malformed, Success};
use alloc::vec::Vec;

/// What `TPM2_ReadPublic` returns of an attestation key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPublic {
    /// The public area.
    pub public: AkPublic,
    /// The name.
    pub name: Vec<u8>,
    /// The qualified name, which a quote by this key states.
    pub qualified_name: Vec<u8>,
}

/// `TPM2_FlushContext`. The handle is a parameter, not in the handle area.
#[must_use]
pub fn flush_context(handle: u32) -> Vec<u8> {
    Command::new(CommandCode::FLUSH_CONTEXT).u32(handle).finish()
}

/// `TPM2_ReadPublic`.
#[must_use]
pub fn read_public(handle: u32) -> Vec<u8> {
    Command::new(CommandCode::READ_PUBLIC).u32(handle).finish()
}

/// The public area and its names.
///
/// # Errors
/// When the response does not hold, or the key is not one that [`super::create_primary`] makes.
pub fn parse_read_public(response: &Success) -> Result<ReadPublic, Malformed> {
    response.parameters(|reader| {
        Ok(ReadPublic {
            public: AkPublic::parse(reader.sized(LONGEST)?)?,
            name: reader.sized(LONGEST_NAME)?.rest().to_vec(),
            qualified_name: reader.sized(LONGEST_NAME)?.rest().to_vec(),
        })
    })
}
