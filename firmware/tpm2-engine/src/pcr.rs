//! Platform configuration registers (Part 1, section 17; PC Client Platform TPM Profile, section 4.6).

use crate::crypto::hash::{Digest, HashAlg, HashState, hash};
use crate::rc::Rc;
use crate::types::pcr_selection::PcrSelection;
use crate::wire::{Reader, Writer};

/// How many PCRs a bank has.
pub(crate) const COUNT: usize = 24;

/// The banks. SHA-512 is a hash algorithm of the TPM but has no bank: no event log in use carries its digests.
pub(crate) const BANKS: [HashAlg; 3] = [HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha384];

/// The PCR of the static root of trust, which a hash sequence before Startup is measured into.
const H_CRTM: usize = 0;
/// The PCR that a hash sequence after Startup is measured into.
const DRTM: usize = 17;

/// What may be done to a PCR; bit n of a locality set is locality n.
pub(crate) struct Rules {
    /// Kept by TPM2_Shutdown(STATE).
    pub(crate) saved: bool,
    pub(crate) reset: u8,
    pub(crate) extend: u8,
    /// Whether a change counts in pcrUpdateCounter.
    pub(crate) counted: bool,
}

/// The rules of a PCR, by the PC Client profile's table.
pub(crate) fn rules(pcr: usize) -> Rules {
    let (saved, reset, extend, counted) = match pcr {
        0..=15 => (true, 0x00, 0x1F, true),
        16 | 23 => (false, 0x0F, 0x1F, false),
        17 | 18 => (false, 0x10, 0x1C, true),
        19 => (false, 0x10, 0x0C, true),
        20 => (false, 0x14, 0x0E, true),
        _ => (false, 0x14, 0x04, false),
    };
    Rules { saved, reset, extend, counted }
}

impl Rules {
    /// Only locality 4, or a launch by hardware, resets it: ones until then tell that neither happened.
    pub(crate) fn dynamic(&self) -> bool {
        self.reset & 0x10 != 0
    }
}

/// The values of all banks.
#[derive(Clone)]
pub(crate) struct Pcrs {
    values: [[Digest; COUNT]; BANKS.len()],
    /// pcrUpdateCounter of TPM2_PCR_Read.
    pub(crate) updates: u32,
}

impl Pcrs {
    pub(crate) fn new() -> Self {
        let bank = |alg| core::array::from_fn(|_| Digest::filled(alg, 0));
        Self { values: BANKS.map(bank), updates: 0 }
    }

    /// The value of a PCR, if its bank exists.
    pub(crate) fn value(&self, bank: HashAlg, pcr: usize) -> Option<&Digest> {
        let index = BANKS.iter().position(|alg| *alg == bank)?;
        self.values[index].get(pcr)
    }

    /// Sets all PCRs to what they are after a start, but keeps saved ones when `resume`d, and PCR[0] when it holds
    /// the measurement of a hash sequence.
    pub(crate) fn start(&mut self, resume: bool, h_crtm: bool, locality: u8) {
        for pcr in 0..COUNT {
            let rules = rules(pcr);
            if resume && rules.saved {
                continue;
            }
            self.changed(pcr);
            if pcr == H_CRTM && h_crtm && !resume {
                continue;
            }
            self.fill(pcr, if rules.dynamic() { 0xFF } else { 0 });
            if pcr == H_CRTM {
                self.values.iter_mut().for_each(|bank| *bank[pcr].last_mut() = locality);
            }
        }
    }

    /// Sets a PCR of every bank to zeros.
    pub(crate) fn reset(&mut self, pcr: usize) {
        self.fill(pcr, 0);
        self.changed(pcr);
    }

    fn fill(&mut self, pcr: usize, byte: u8) {
        for (alg, bank) in BANKS.iter().zip(&mut self.values) {
            bank[pcr] = Digest::filled(*alg, byte);
        }
    }

    /// Extends a PCR in the bank of `alg`; nothing happens if there is no such bank.
    pub(crate) fn extend(&mut self, pcr: usize, alg: HashAlg, digest: &[u8]) {
        let Some(index) = BANKS.iter().position(|bank| *bank == alg) else { return };
        let value = &mut self.values[index][pcr];
        *value = hash(alg, &[value, digest]);
        self.changed(pcr);
    }

    /// Takes the measurement of a hash sequence, which is into PCR[17] if the TPM has started, else into PCR[0].
    pub(crate) fn measure_sequence(&mut self, started: bool, digests: impl IntoIterator<Item = HashState>) {
        let pcr = if started { DRTM } else { H_CRTM };
        if started {
            (0..COUNT).filter(|pcr| rules(*pcr).dynamic()).for_each(|pcr| self.fill(pcr, 0));
        } else {
            self.fill(pcr, 0);
            // Part 1, section 34.3: that PCR[0] begins at four tells a hardware root of trust from software.
            self.values.iter_mut().for_each(|bank| *bank[pcr].last_mut() = 4);
        }
        for state in digests {
            let alg = state.alg();
            self.extend(pcr, alg, &state.finish());
        }
    }

    fn changed(&mut self, pcr: usize) {
        self.updates = self.updates.wrapping_add(rules(pcr).counted.into());
    }

    /// The digest of the selected PCRs, in order; afterwards the selections name only what exists.
    pub(crate) fn digest(&self, alg: HashAlg, selections: &mut [PcrSelection]) -> Digest {
        let mut state = HashState::new(alg);
        for selection in selections {
            self.keep_existing(selection);
            for value in selection.pcrs().filter_map(|pcr| self.value(selection.bank, pcr)) {
                state.update(value);
            }
        }
        state.finish()
    }

    /// A bank that does not exist has no PCRs to select.
    pub(crate) fn keep_existing(&self, selection: &mut PcrSelection) {
        if !BANKS.contains(&selection.bank) {
            selection.clear();
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u32(self.updates);
        self.values.iter().flatten().for_each(|value| writer.bytes(value));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let mut pcrs = Self { updates: reader.u32()?, ..Self::new() };
        for (alg, bank) in BANKS.iter().zip(&mut pcrs.values) {
            for value in bank {
                *value = Digest::read(reader, *alg)?;
            }
        }
        Ok(pcrs)
    }
}
