//! Opening what [`crate::seal`] sealed.

use crate::seal::{MAGIC, NAME};
use crate::{Refusal, Tier};
use sha2::{Digest, Sha256};

const LENGTH: usize = 8;
const DIGEST: usize = 32;
const SEAL: usize = MAGIC.len() + NAME + LENGTH + DIGEST;

/// What an unbroken seal says.
#[derive(Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// The tier that the code is for.
    pub tier: Tier,
    /// What wasmtime wrote.
    pub bytes: &'a [u8],
}

/// Opens an artifact from a file: every byte is checked.
///
/// # Errors
/// [`Refusal::Truncated`] or [`Refusal::Damaged`].
pub fn open(artifact: &[u8]) -> Result<Sealed<'_>, Refusal> {
    let sealed = open_trusted(artifact)?;
    let (before, digest) = artifact.split_at(artifact.len() - DIGEST);
    if Sha256::digest(before).as_slice() == digest { Ok(sealed) } else { Err(Refusal::Damaged) }
}

/// Opens an artifact inside the running image, without the digest: firmware has verified or measured the image as a
/// whole, and hashing takes longer than what the guest is loaded for (2 MB in OVMF under TCG: 47 ms, and 5 ms to load
/// them natively without).
///
/// # Errors
/// [`Refusal::Truncated`] or [`Refusal::Damaged`].
pub fn open_trusted(artifact: &[u8]) -> Result<Sealed<'_>, Refusal> {
    let Some((bytes, seal)) = artifact.len().checked_sub(SEAL).and_then(|length| artifact.split_at_checked(length))
    else {
        return Err(Refusal::Truncated);
    };
    let Some(fields) = seal.strip_prefix(MAGIC) else {
        return Err(Refusal::Truncated);
    };
    let (name, fields) = fields.split_at(NAME);
    let (length, _) = fields.split_at(LENGTH);
    if length != (bytes.len() as u64).to_le_bytes() {
        return Err(Refusal::Damaged);
    }
    let name = core::str::from_utf8(name).map_err(|_| Refusal::Damaged)?;
    let tier = Tier::named(name.trim_end_matches('\0')).ok_or(Refusal::Damaged)?;
    Ok(Sealed { tier, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal;
    use alloc::vec;

    #[test]
    fn what_was_sealed_opens() {
        for tier in Tier::ALL {
            for bytes in [vec![], vec![7; 1000]] {
                let artifact = seal(tier, bytes.clone());
                assert_eq!(artifact.len(), bytes.len() + 64);
                assert_eq!(open(&artifact), Ok(Sealed { tier, bytes: &bytes }));
                assert_eq!(open_trusted(&artifact), open(&artifact));
            }
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_refused() {
        let artifact = seal(Tier::Native, vec![7; 300]);
        for byte in 0..artifact.len() {
            for bit in 0..8 {
                let mut flipped = artifact.clone();
                flipped[byte] ^= 1 << bit;
                assert!(open(&flipped).is_err(), "bit {bit} of byte {byte}");
            }
        }
    }

    #[test]
    fn an_artifact_cut_short_anywhere_is_refused() {
        let artifact = seal(Tier::Pulley, vec![7; 300]);
        for length in 0..artifact.len() {
            assert_eq!(open(&artifact[..length]), Err(Refusal::Truncated), "{length} bytes");
        }
    }

    #[test]
    fn bytes_before_or_behind_a_whole_artifact_are_refused() {
        let artifact = seal(Tier::Pulley, vec![7; 300]);
        assert_eq!(open(&[&artifact[..], b"x"].concat()), Err(Refusal::Truncated));
        assert_eq!(open(&[b"x", &artifact[..]].concat()), Err(Refusal::Damaged));
    }
}
