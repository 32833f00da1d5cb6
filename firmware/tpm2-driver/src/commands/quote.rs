//! `TPM2_Quote` (Part 3, 18.4).

use super::{PcrSelection, QuoteAttest};
use crate::wire::{
    ALG_ECDSA, ALG_NULL, ALG_SHA256, Command, CommandCode, LONGEST, Malformed, Problem, Reader, Success,
};
use alloc::vec::Vec;

/// Bytes of an ECDSA component over P-256.
const COMPONENT: usize = 32;

/// Qualifying data: what makes a quote fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QualifyingData<'a>(&'a [u8]);

impl<'a> QualifyingData<'a> {
    /// The most that every TPM with a SHA-512 bank takes, and the most that CATT1 carries.
    pub const LONGEST: usize = 64;

    /// `bytes`, if they are not too many.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() <= Self::LONGEST).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// A quote as the TPM signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The `TPMS_ATTEST`: these very bytes are signed.
    pub attest: Vec<u8>,
    /// What they say.
    pub fields: QuoteAttest,
    /// The `TPMT_SIGNATURE`.
    pub signature: Vec<u8>,
}

/// `TPM2_Quote` of `selection` with the key's own scheme. The empty password authorizes the key.
#[must_use]
pub fn quote(key: u32, qualifying: QualifyingData<'_>, selection: PcrSelection) -> Vec<u8> {
    // At most 64.
    let size = u16::try_from(qualifying.0.len()).unwrap_or(u16::MAX);
    let command = Command::authorized(CommandCode::QUOTE, key).u16(size).bytes(qualifying.0).u16(ALG_NULL);
    selection.append(command).finish()
}

/// The quote.
///
/// # Errors
/// When the response does not hold.
pub fn parse_quote(response: &Success) -> Result<Quote, Malformed> {
    response.parameters(|reader| {
        let attest = reader.sized(LONGEST)?;
        let bytes = attest.rest().to_vec();
        let fields = QuoteAttest::parse(attest)?;
        Ok(Quote { attest: bytes, fields, signature: signature(reader)? })
    })
}

/// A `TPMT_SIGNATURE` by ECDSA with SHA-256.
fn signature(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let whole = reader.rest();
    let before = reader.offset();
    reader.expect(&ALG_ECDSA.to_be_bytes(), "an ECDSA signature")?;
    reader.expect(&ALG_SHA256.to_be_bytes(), "a SHA-256 signature")?;
    for _ in ["r", "s"] {
        let empty = reader.malformed(Problem::Expected("a component of the signature"));
        if reader.sized(COMPONENT)?.rest().is_empty() {
            return Err(empty);
        }
    }
    Ok(whole[..reader.offset() - before].to_vec())
}
