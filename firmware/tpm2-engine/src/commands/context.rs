//! Contexts and persistent objects (Part 3, section 28).

use super::Call;
use crate::machine::Machine;
use crate::object::context as saved;
use crate::rc::Rc;
use crate::types::handle::{Hierarchy, PLATFORM_PERSISTENT, kind, kind_of};

/// How many objects may be persistent: with that many a stored state is still a few kilobytes.
pub(super) const MAX_PERSISTENT: usize = 16;

/// TPM2_ContextSave.
pub(super) fn save(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    call.end()?;
    let handle = call.handle(0);
    // Sessions are not saved.
    let slot = machine.slots.get(handle).ok_or(Rc::HANDLE.handle(1))?;
    let sequence = machine.contexts + 1;
    let context = saved::Context::new(&machine.roots, &machine.clock, slot, sequence);
    call.out.put(&context);
    machine.contexts = sequence;
    machine.disturb();
    Ok(())
}

/// TPM2_ContextLoad.
pub(super) fn load(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let context: saved::Context = call.take()?;
    call.end()?;
    let slot = context.open(&machine.roots, &machine.clock).map_err(|rc| rc.parameter(1))?;
    let handle = machine.slots.insert(slot)?;
    call.respond_with_handle(handle);
    Ok(())
}

/// TPM2_FlushContext. Its handle is a parameter: it needs no authorisation, and may be of something not loaded.
pub(super) fn flush(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let handle = call.take_with(|reader| super::handles::Kind::Context.check(reader.u32()?))?;
    call.end()?;
    let flushed = machine.slots.remove(handle).is_some() || machine.sessions.remove(handle).is_some();
    if flushed { Ok(()) } else { Err(Rc::HANDLE.parameter(1)) }
}

/// TPM2_EvictControl: makes a transient object persistent, or a persistent one vanish.
pub(super) fn evict_control(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let target = call.take_with(|reader| match reader.u32()? {
        handle if kind_of(handle) == kind::PERSISTENT => Ok(handle),
        _ => Err(Rc::VALUE),
    })?;
    call.end()?;
    let (by_platform, handle) = (call.handle(0) == Hierarchy::Platform.handle(), call.handle(1));
    let object = call.object(machine, 1, Rc::ATTRIBUTES)?;
    let of_platform = object.hierarchy == Hierarchy::Platform;
    if !object.may_persist() {
        return Err(Rc::ATTRIBUTES.handle(2));
    }
    let is_persistent = kind_of(handle) == kind::PERSISTENT;
    if is_persistent && handle != target {
        return Err(Rc::HANDLE.handle(2));
    }
    // The platform may remove what is the owner's, but each adds only its own.
    if by_platform != of_platform && !(by_platform && is_persistent) {
        return Err(Rc::HIERARCHY.handle(2));
    }
    if is_persistent {
        machine.persistent.remove(&target);
        return Ok(());
    }
    if by_platform != (target >= PLATFORM_PERSISTENT) {
        return Err(Rc::RANGE.parameter(1));
    }
    if machine.persistent.contains_key(&target) {
        return Err(Rc::NV_DEFINED);
    }
    if machine.persistent.len() == MAX_PERSISTENT {
        return Err(Rc::NV_SPACE);
    }
    let object = object.clone();
    machine.persistent.insert(target, object);
    Ok(())
}
