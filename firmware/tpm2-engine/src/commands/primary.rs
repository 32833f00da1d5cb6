//! TPM2_CreatePrimary (Part 3, section 24.1).

use super::Call;
use crate::crypto::hash::{HashAlg, hash};
use crate::machine::Machine;
use crate::object::Object;
use crate::object::slots::Slot;
use crate::object::{checks, create};
use crate::pcr::Pcrs;
use crate::rc::Rc;
use crate::types::Data;
use crate::types::handle::Hierarchy;
use crate::types::pcr_selection::{MAX_SELECTIONS, PcrSelection};
use crate::types::public::Template;
use crate::types::sensitive::SensitiveCreate;
use crate::types::ticket::{Ticket, tag};
use crate::wire::{Wire, Writer, read_list};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// TPM2_CreatePrimary.
pub(super) fn create_primary(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let input: SensitiveCreate = call.take_with(|reader| reader.structure())?;
    let Template(template) = call.take_with(|reader| reader.structure())?;
    let outside_info: Data = call.take()?;
    let mut selections: Vec<PcrSelection> = call.take_with(|reader| read_list(reader, MAX_SELECTIONS))?;
    call.end()?;

    machine.slots.check_free()?;
    checks::creation(&template, input.data.len()).map_err(|rc| rc.parameter(2))?;
    let alg = template.name_alg.ok_or(Rc::HASH.parameter(2))?;
    if input.auth.len() > alg.digest_size() {
        return Err(Rc::SIZE.parameter(1));
    }
    let hierarchy = Hierarchy::from_handle(call.handle(0)).ok_or(Rc::VALUE.handle(1))?;
    let root = machine.roots.get(hierarchy);
    let object = create::primary(root, hierarchy, template, input)?;

    let data = creation_data(&machine.pcrs, alg, &mut selections, hierarchy, machine.locality, &outside_info);
    let creation_hash = hash(alg, &[&data]);
    let ticket = Ticket::new(tag::CREATION, hierarchy, &root.proof, [&object.name, &creation_hash]);
    respond(call, &object, &data, &creation_hash, &ticket);
    let handle = machine.slots.insert(Slot::Object(Box::new(object)))?;
    call.respond_with_handle(handle);
    Ok(())
}

/// TPMS_CREATION_DATA: the circumstances in which the object was made. The parent is a hierarchy, whose Name is its
/// handle and which has no name algorithm.
fn creation_data(
    pcrs: &Pcrs,
    alg: HashAlg,
    selections: &mut [PcrSelection],
    parent: Hierarchy,
    locality: u8,
    outside_info: &Data,
) -> Vec<u8> {
    let digest = pcrs.digest(alg, selections);
    let mut data = Writer::new();
    data.list(selections);
    data.sized(&digest);
    // TPMA_LOCALITY: a bit for each of the lower five, itself for what is above them.
    data.u8(if locality < 5 { 1 << locality } else { locality });
    None::<HashAlg>.write(&mut data);
    data.sized(&parent.handle().to_be_bytes());
    data.sized(&parent.handle().to_be_bytes());
    data.put(outside_info);
    data.finish()
}

fn respond(call: &mut Call<'_>, object: &Object, creation_data: &[u8], creation_hash: &[u8], ticket: &Ticket) {
    call.out.structure(&object.public);
    call.out.sized(creation_data);
    call.out.sized(creation_hash);
    ticket.write(&mut call.out);
    call.out.put(&object.name);
}
