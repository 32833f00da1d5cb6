//! PCRs (Part 3, section 22).

use super::Call;
use crate::crypto::hash::{Digest, HashAlg, hash};
use crate::machine::Machine;
use crate::pcr::rules;
use crate::rc::Rc;
use crate::types::MaxBuffer;
use crate::types::handle::RH_NULL;
use crate::types::pcr_selection::{MAX_SELECTIONS, PcrSelection};
use crate::wire::{Reader, Wire, Writer, count, read_list};
use alloc::vec::Vec;

/// Locality 4, from which PCRs are reset by a hash sequence of the interface and by no command.
const LAUNCH: u8 = 1 << 4;
/// The most digests in a TPML_DIGEST.
const MAX_DIGESTS: usize = 8;

/// TPMT_HA.
pub(super) struct TpmtHa {
    pub(super) alg: HashAlg,
    pub(super) digest: Digest,
}

impl Wire for TpmtHa {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let alg = HashAlg::read(reader)?;
        Ok(Self { alg, digest: Digest::read(reader, alg)? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.alg);
        writer.bytes(&self.digest);
    }
}

/// The PCR of a handle that may be TPM_RH_NULL, if it may be extended from where the command came.
pub(super) fn to_extend(machine: &Machine, handle: u32) -> Result<Option<usize>, Rc> {
    if handle == RH_NULL {
        return Ok(None);
    }
    allowed(machine, rules(handle as usize).extend)?;
    Ok(Some(handle as usize))
}

fn allowed(machine: &Machine, localities: u8) -> Result<(), Rc> {
    let bit = 1u8.checked_shl(machine.locality.into()).unwrap_or(0);
    if localities & bit != 0 { Ok(()) } else { Err(Rc::LOCALITY) }
}

/// Extends a PCR by one digest per algorithm.
pub(super) fn extend_all(machine: &mut Machine, pcr: usize, digests: &[TpmtHa]) {
    for TpmtHa { alg, digest } in digests {
        machine.pcrs.extend(pcr, *alg, digest);
    }
    changed(machine, pcr);
}

/// A PCR that a shutdown had saved is no longer what was saved.
fn changed(machine: &mut Machine, pcr: usize) {
    if rules(pcr).saved {
        machine.disturb();
    }
}

/// TPM2_PCR_Extend.
pub(super) fn extend(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let digests: Vec<TpmtHa> = call.take_with(|reader| read_list(reader, HashAlg::ALL.len() as u32))?;
    call.end()?;
    if let Some(pcr) = to_extend(machine, call.handle(0))? {
        extend_all(machine, pcr, &digests);
    }
    Ok(())
}

/// TPM2_PCR_Event: a digest in every algorithm, be there a bank for it or not.
pub(super) fn event(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let data: MaxBuffer = call.take()?;
    call.end()?;
    let pcr = to_extend(machine, call.handle(0))?;
    let digests = HashAlg::ALL.map(|alg| TpmtHa { alg, digest: hash(alg, &[&data]) });
    if let Some(pcr) = pcr {
        extend_all(machine, pcr, &digests);
    }
    call.out.list(&digests);
    Ok(())
}

/// TPM2_PCR_Reset.
pub(super) fn reset(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    call.end()?;
    let pcr = call.handle(0) as usize;
    allowed(machine, rules(pcr).reset & !LAUNCH)?;
    machine.pcrs.reset(pcr);
    changed(machine, pcr);
    Ok(())
}

/// TPM2_PCR_Read: of the selected PCRs as many as a response holds, and which those are.
pub(super) fn read(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let mut selections: Vec<PcrSelection> = call.take_with(|reader| read_list(reader, MAX_SELECTIONS))?;
    call.end()?;
    let mut values = Vec::new();
    for selection in &mut selections {
        machine.pcrs.keep_existing(selection);
        for pcr in selection.pcrs() {
            match machine.pcrs.value(selection.bank, pcr) {
                Some(value) if values.len() < MAX_DIGESTS => values.push(value),
                _ => selection.remove(pcr),
            }
        }
    }
    call.out.u32(machine.pcrs.updates);
    call.out.list(&selections);
    call.out.u32(count(&values));
    values.iter().for_each(|value| call.out.sized(value));
    Ok(())
}
