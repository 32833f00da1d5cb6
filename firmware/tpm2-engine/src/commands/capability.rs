//! TPM2_GetCapability (Part 3, section 30.2).

use super::capability_lists as lists;
use super::properties;
use super::{Call, TABLE};
use crate::machine::Machine;
use crate::pcr::BANKS;
use crate::rc::Rc;
use crate::types::YesNo;
use crate::types::handle::{kind, kind_of};
use crate::types::pcr_selection::PcrSelection;
use crate::types::public::P256;
use crate::wire::{Wire, Writer};
use alloc::vec::Vec;

/// TPM_CAP.
mod cap {
    pub(super) const ALGS: u32 = 0;
    pub(super) const HANDLES: u32 = 1;
    pub(super) const COMMANDS: u32 = 2;
    pub(super) const PP_COMMANDS: u32 = 3;
    pub(super) const AUDIT_COMMANDS: u32 = 4;
    pub(super) const PCRS: u32 = 5;
    pub(super) const TPM_PROPERTIES: u32 = 6;
    pub(super) const PCR_PROPERTIES: u32 = 7;
    pub(super) const ECC_CURVES: u32 = 8;
}

/// Where a listing begins and how long it may be.
struct Range {
    from: u32,
    max: usize,
}

/// TPM2_GetCapability.
pub(super) fn get_capability(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let capability: u32 = call.take()?;
    let from: u32 = call.take()?;
    let max: u32 = call.take()?;
    call.end()?;
    let range = Range { from, max: max as usize };
    let mut data = Writer::new();
    let more = match capability {
        cap::ALGS => range.write(&mut data, lists::ALGORITHMS, |entry| entry.id.into()),
        cap::HANDLES => handles(machine, &range, &mut data)?,
        cap::COMMANDS => {
            let tpma: Vec<u32> = TABLE.iter().map(super::Command::tpma).collect();
            range.write(&mut data, &tpma, |tpma| tpma & 0xFFFF)
        }
        // No command needs physical presence, or is audited.
        cap::PP_COMMANDS | cap::AUDIT_COMMANDS => range.write::<u32>(&mut data, &[], |code| *code),
        cap::PCRS if from != 0 => return Err(Rc::VALUE.parameter(2)),
        cap::PCRS => {
            // All banks or none, as the reference code has it: tpm2-tools ask for one and expect all.
            let all = Range { from, max: if max == 0 { 0 } else { BANKS.len() } };
            all.write(&mut data, &BANKS.map(PcrSelection::all), |_| 0)
        }
        cap::TPM_PROPERTIES => range.write(&mut data, &properties::group(machine, from), |property| property.id),
        cap::PCR_PROPERTIES => range.write(&mut data, &lists::pcr_properties(), |property| property.id),
        cap::ECC_CURVES => range.write(&mut data, &[P256], |curve| (*curve).into()),
        _ => return Err(Rc::VALUE.parameter(1)),
    };
    call.out.put(&YesNo(more));
    call.out.u32(capability);
    call.out.bytes(&data.finish());
    Ok(())
}

fn handles(machine: &Machine, range: &Range, data: &mut Writer) -> Result<bool, Rc> {
    let all: Vec<u32> = match kind_of(range.from) {
        kind::PCR => (0..crate::pcr::COUNT as u32).collect(),
        // TPM_HT_LOADED_SESSION and TPM_HT_SAVED_SESSION, of which there are none; nor is an index ever defined.
        kind::HMAC_SESSION => machine.sessions.handles().collect(),
        kind::NV_INDEX | kind::POLICY_SESSION => Vec::new(),
        kind::PERMANENT => lists::PERMANENT_HANDLES.into(),
        kind::TRANSIENT => machine.slots.handles().collect(),
        kind::PERSISTENT => machine.persistent.keys().copied().collect(),
        _ => return Err(Rc::HANDLE.parameter(2)),
    };
    Ok(range.write(data, &all, |handle| *handle))
}

impl Range {
    /// Writes the part of an ascending list that was asked for. Whether there is more.
    fn write<T: Wire>(&self, data: &mut Writer, list: &[T], key: impl Fn(&T) -> u32) -> bool {
        let rest = &list[list.partition_point(|element| key(element) < self.from)..];
        let shown = &rest[..rest.len().min(self.max)];
        data.list(shown);
        shown.len() < rest.len()
    }
}
