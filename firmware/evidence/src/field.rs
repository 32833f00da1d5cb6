//! Fields that both formats have, and their limits.

use alloc::vec::Vec;
use core::fmt;
use tpm2_driver::{Malformed, Problem, Reader};

/// A SHA-256 digest.
pub type Digest = [u8; 32];
/// Bytes of a TPMT_PUBLIC.
pub const PUBLIC: usize = 256;
/// Bytes of a TPMS_ATTEST.
pub const ATTEST: usize = 256;
/// Bytes of a TPMT_SIGNATURE.
pub const SIGNATURE: usize = 128;
/// PCR values.
const PCRS: usize = 24;

/// The value of one PCR of the SHA-256 bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcrValue {
    /// Which PCR.
    pub index: u8,
    /// Its value.
    pub value: Digest,
}

/// A field that the format cannot carry. Holds its name; displayed as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfLimits(pub &'static str);

impl fmt::Display for OutOfLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not fit the format", self.0)
    }
}

impl core::error::Error for OutOfLimits {}

/// Appends a buffer after its 16-bit size.
pub fn put_sized(out: &mut Vec<u8>, bytes: &[u8], limit: usize, name: &'static str) -> Result<(), OutOfLimits> {
    let size = u16::try_from(bytes.len()).ok().filter(|_| bytes.len() <= limit).ok_or(OutOfLimits(name))?;
    out.extend(size.to_be_bytes());
    out.extend(bytes);
    Ok(())
}

/// Appends PCR values after their 8-bit count.
pub fn put_pcrs(out: &mut Vec<u8>, pcrs: &[PcrValue]) -> Result<(), OutOfLimits> {
    let limits = OutOfLimits("the list of PCR values");
    if pcrs.is_empty() || pcrs.len() > PCRS || !pcrs.is_sorted_by(|one, next| one.index < next.index) {
        return Err(limits);
    }
    out.push(u8::try_from(pcrs.len()).map_err(|_| limits)?);
    for pcr in pcrs {
        out.push(pcr.index);
        out.extend(pcr.value);
    }
    Ok(())
}

/// A count of 1 to `limit` in 8 bits.
pub fn count(reader: &mut Reader<'_>, limit: usize) -> Result<usize, Malformed> {
    let before = reader.clone();
    match usize::from(reader.u8()?) {
        0 => Err(before.malformed(Problem::Expected("at least one"))),
        value if value > limit => Err(before.malformed(Problem::TooLarge { value, limit })),
        value => Ok(value),
    }
}

/// PCR values after their count, ascending.
pub fn pcrs(reader: &mut Reader<'_>) -> Result<Vec<PcrValue>, Malformed> {
    let mut pcrs: Vec<PcrValue> = Vec::new();
    for _ in 0..count(reader, PCRS)? {
        let before = reader.malformed(Problem::Expected("a PCR after the one before"));
        let index = reader.u8()?;
        if pcrs.last().is_some_and(|last| last.index >= index) {
            return Err(before);
        }
        pcrs.push(PcrValue { index, value: reader.array()? });
    }
    Ok(pcrs)
}

/// A buffer after its 16-bit size, of at most `limit` bytes.
pub fn sized(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<u8>, Malformed> {
    Ok(reader.sized(limit)?.rest().to_vec())
}
