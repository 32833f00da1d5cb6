//! TPMS_PCR_SELECTION (Part 2, section 10.6.2).

use crate::crypto::hash::HashAlg;
use crate::pcr::COUNT;
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

/// TPM_PT_PCR_SELECT_MIN, and the most there is: a bit for each PCR.
pub(crate) const SELECT: usize = COUNT / 8;

/// TPML_PCR_SELECTION holds at most one selection per hash algorithm that there is.
pub(crate) const MAX_SELECTIONS: u32 = HashAlg::ALL.len() as u32;

/// Which PCRs of which bank.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PcrSelection {
    pub(crate) bank: HashAlg,
    select: [u8; SELECT],
}

impl PcrSelection {
    /// Every PCR of a bank.
    pub(crate) fn all(bank: HashAlg) -> Self {
        Self { bank, select: [0xFF; SELECT] }
    }

    pub(crate) fn has(&self, pcr: usize) -> bool {
        self.select[pcr / 8] & 1 << (pcr % 8) != 0
    }

    pub(crate) fn remove(&mut self, pcr: usize) {
        self.select[pcr / 8] &= !(1 << (pcr % 8));
    }

    pub(crate) fn clear(&mut self) {
        self.select = [0; SELECT];
    }

    /// The PCRs in ascending order.
    pub(crate) fn pcrs(self) -> impl Iterator<Item = usize> {
        (0..COUNT).filter(move |pcr| self.has(*pcr))
    }
}

impl Wire for PcrSelection {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let bank = HashAlg::read(reader)?;
        if usize::from(reader.u8()?) != SELECT {
            return Err(Rc::VALUE);
        }
        Ok(Self { bank, select: reader.array()? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.bank);
        writer.u8(SELECT as u8);
        writer.bytes(&self.select);
    }
}
