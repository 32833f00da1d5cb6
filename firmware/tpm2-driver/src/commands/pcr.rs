//! `TPM2_PCR_Read`, `TPM2_PCR_Extend` (Part 3, 22), and selections of PCRs (Part 2, 10.6.2).

use crate::wire::{ALG_SHA256, Command, CommandCode, Malformed, Reader, Success};
use alloc::vec::Vec;

/// Bytes of a bitmap: the 24 PCRs of the PC Client profile.
const BITMAP: u8 = 3;
/// Banks in a selection: more than any TPM has.
const MOST_BANKS: usize = 16;
/// Digests in one response (Part 2, TPML_DIGEST).
const MOST_DIGESTS: usize = 8;
/// Bytes of the longest digest there is, SHA-512.
const LONGEST_DIGEST: usize = 64;

/// `TPMS_PCR_SELECTION`: PCRs of one bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcrSelection {
    /// The bank's algorithm.
    pub bank: u16,
    /// One bit per PCR, the lowest of the first byte for PCR 0.
    pub bitmap: [u8; BITMAP as usize],
}

impl PcrSelection {
    /// One PCR of the SHA-256 bank.
    ///
    /// # Panics
    /// When `index` is 24 or more, which is a mistake in the program.
    #[must_use]
    pub const fn sha256(index: u8) -> Self {
        Self::sha256_of(&[index])
    }

    /// PCRs of the SHA-256 bank.
    ///
    /// # Panics
    /// When one of `indices` is 24 or more, which is a mistake in the program.
    #[must_use]
    pub const fn sha256_of(indices: &[u8]) -> Self {
        let mut bitmap = [0; BITMAP as usize];
        let mut place = 0;
        // A constant function has no `for`.
        while place < indices.len() {
            let index = indices[place];
            assert!(index < 8 * BITMAP, "there are 24 PCRs");
            bitmap[(index / 8) as usize] |= 1 << (index % 8);
            place += 1;
        }
        Self { bank: ALG_SHA256, bitmap }
    }

    /// Adds a `TPML_PCR_SELECTION` of this one selection.
    pub(super) fn append(self, command: Command) -> Command {
        command.u32(1).u16(self.bank).u8(BITMAP).bytes(&self.bitmap)
    }

    /// A `TPML_PCR_SELECTION`.
    pub(super) fn list(reader: &mut Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let count = reader.count(MOST_BANKS)?;
        let mut selections = Vec::new();
        for _ in 0..count {
            let bank = reader.u16()?;
            reader.expect(&[BITMAP], "a bitmap of three bytes")?;
            selections.push(Self { bank, bitmap: reader.array()? });
        }
        Ok(selections)
    }
}

/// What `TPM2_PCR_Read` returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcrRead {
    /// How often PCRs have changed.
    pub update_counter: u32,
    /// Which PCRs were read: perhaps fewer than asked for.
    pub selections: Vec<PcrSelection>,
    /// Their values in order.
    pub values: Vec<Vec<u8>>,
}

/// `TPM2_PCR_Read`.
#[must_use]
pub fn pcr_read(selection: PcrSelection) -> Vec<u8> {
    selection.append(Command::new(CommandCode::PCR_READ)).finish()
}

/// The values read.
///
/// # Errors
/// When the response does not hold.
pub fn parse_pcr_read(response: &Success) -> Result<PcrRead, Malformed> {
    response.parameters(|reader| {
        let update_counter = reader.u32()?;
        let selections = PcrSelection::list(reader)?;
        let count = reader.count(MOST_DIGESTS)?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(reader.sized(LONGEST_DIGEST)?.rest().to_vec());
        }
        Ok(PcrRead { update_counter, selections, values })
    })
}

/// `TPM2_PCR_Extend` of the SHA-256 bank. The empty password authorizes it.
#[must_use]
pub fn pcr_extend(index: u8, digest: &[u8; 32]) -> Vec<u8> {
    Command::authorized(CommandCode::PCR_EXTEND, u32::from(index)).u32(1).u16(ALG_SHA256).bytes(digest).finish()
}
