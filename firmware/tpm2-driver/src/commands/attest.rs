//! `TPMS_ATTEST` of a quote (Part 2, 10.12.12).

use super::{PcrSelection, primary::LONGEST_NAME};
use crate::wire::{GENERATED_VALUE, Malformed, Problem, Reader, ST_ATTEST_QUOTE};
use alloc::vec::Vec;

/// The longest digest there is, and the longest qualifying data with it.
const LONGEST_DIGEST: usize = 66;

/// `TPMS_CLOCK_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockInfo {
    /// Milliseconds for which the TPM has been powered.
    pub clock: u64,
    /// Power cycles; obfuscated for a key outside the endorsement and platform hierarchies.
    pub reset_count: u32,
    /// Resumes; obfuscated likewise.
    pub restart_count: u32,
    /// Whether the clock never went back.
    pub safe: bool,
}

/// What a quote states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteAttest {
    /// The signing key's qualified name.
    pub qualified_signer: Vec<u8>,
    /// The qualifying data of the command.
    pub extra_data: Vec<u8>,
    /// The TPM's clock.
    pub clock: ClockInfo,
    /// The TPM's firmware version; obfuscated likewise.
    pub firmware_version: u64,
    /// Which PCRs are quoted.
    pub selections: Vec<PcrSelection>,
    /// The digest over their values.
    pub pcr_digest: Vec<u8>,
}

impl QuoteAttest {
    pub(super) fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        reader.expect(&GENERATED_VALUE.to_be_bytes(), "a structure that the TPM made")?;
        reader.expect(&ST_ATTEST_QUOTE.to_be_bytes(), "a quote")?;
        let attest = Self {
            qualified_signer: reader.sized(LONGEST_NAME)?.rest().to_vec(),
            extra_data: reader.sized(LONGEST_DIGEST)?.rest().to_vec(),
            clock: clock(&mut reader)?,
            firmware_version: reader.u64()?,
            selections: PcrSelection::list(&mut reader)?,
            pcr_digest: reader.sized(LONGEST_DIGEST)?.rest().to_vec(),
        };
        reader.finish()?;
        Ok(attest)
    }
}

fn clock(reader: &mut Reader<'_>) -> Result<ClockInfo, Malformed> {
    let (clock, reset_count, restart_count) = (reader.u64()?, reader.u32()?, reader.u32()?);
    let flag = reader.malformed(Problem::Expected("0 or 1 for safe"));
    match reader.u8()? {
        safe @ (0 | 1) => Ok(ClockInfo { clock, reset_count, restart_count, safe: safe == 1 }),
        _ => Err(flag),
    }
}
