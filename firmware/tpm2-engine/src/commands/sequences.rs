//! Sequences (Part 3, section 17).

use super::Call;
use super::hash;
use super::pcr::{TpmtHa, extend_all, to_extend};
use crate::crypto::hash::HashAlg;
use crate::machine::Machine;
use crate::object::sequence::{Kind, Sequence};
use crate::object::slots::Slot;
use crate::rc::Rc;
use crate::types::handle::Hierarchy;
use crate::types::{Auth, MaxBuffer};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// TPM2_HashSequenceStart: without an algorithm it starts an event sequence.
pub(super) fn start(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let auth: Auth = call.take()?;
    let alg: Option<HashAlg> = call.take()?;
    call.end()?;
    let handle = machine.slots.insert(Slot::Sequence(Box::new(Sequence::new(alg, auth))))?;
    call.respond_with_handle(handle);
    Ok(())
}

/// TPM2_SequenceUpdate.
pub(super) fn update(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let data: MaxBuffer = call.take()?;
    call.end()?;
    match machine.slots.get_mut(call.handle(0)) {
        Some(Slot::Sequence(sequence)) => sequence.update(&data),
        _ => return Err(Rc::MODE.handle(1)),
    }
    Ok(())
}

/// A copy of the sequence, so that a refused command leaves it as it was.
fn sequence(machine: &Machine, handle: u32, number: u32) -> Result<Sequence, Rc> {
    match machine.slots.get(handle) {
        Some(Slot::Sequence(sequence)) => Ok((**sequence).clone()),
        _ => Err(Rc::MODE.handle(number)),
    }
}

/// TPM2_SequenceComplete.
pub(super) fn complete(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let data: MaxBuffer = call.take()?;
    let hierarchy: Hierarchy = call.take()?;
    call.end()?;
    let mut sequence = sequence(machine, call.handle(0), 1)?;
    if let Kind::Event(_) = sequence.kind {
        return Err(Rc::MODE.handle(1));
    }
    sequence.update(&data);
    if let Kind::Hash { state, safe } = sequence.kind {
        let alg = state.alg();
        hash::respond(machine, call, &state.finish(), alg, hierarchy, safe == Some(true));
    }
    machine.slots.remove(call.handle(0));
    Ok(())
}

/// TPM2_EventSequenceComplete.
pub(super) fn event_complete(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let data: MaxBuffer = call.take()?;
    call.end()?;
    let mut sequence = sequence(machine, call.handle(1), 2)?;
    sequence.update(&data);
    let Kind::Event(states) = sequence.kind else { return Err(Rc::MODE.handle(2)) };
    let pcr = to_extend(machine, call.handle(0))?;
    let finish = |state: crate::crypto::hash::HashState| TpmtHa { alg: state.alg(), digest: state.finish() };
    let digests: Vec<TpmtHa> = states.into_iter().map(finish).collect();
    if let Some(pcr) = pcr {
        extend_all(machine, pcr, &digests);
    }
    call.out.list(&digests);
    machine.slots.remove(call.handle(1));
    Ok(())
}
