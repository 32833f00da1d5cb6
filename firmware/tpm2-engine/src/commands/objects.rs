//! Objects made elsewhere, and what is public of any (Part 3, section 12).

use super::Call;
use crate::machine::Machine;
use crate::object::load;
use crate::object::slots::Slot;
use crate::rc::Rc;
use crate::types::handle::Hierarchy;
use crate::types::public::Public;
use crate::types::sensitive::Sensitive;
use alloc::boxed::Box;

/// TPM2_LoadExternal.
pub(super) fn load_external(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let private: Option<Sensitive> = call.take_with(|reader| reader.optional_structure())?;
    let public: Public = call.take_with(|reader| reader.structure())?;
    let hierarchy: Hierarchy = call.take()?;
    call.end()?;
    machine.slots.check_free()?;
    let object = load::external(private, public, hierarchy)?;
    call.out.put(&object.name);
    let handle = machine.slots.insert(Slot::Object(Box::new(object)))?;
    call.respond_with_handle(handle);
    Ok(())
}

/// TPM2_ReadPublic.
pub(super) fn read_public(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    call.end()?;
    let object = machine.object(call.handle(0)).ok_or(Rc::SEQUENCE)?;
    call.out.structure(&object.public);
    call.out.put(&object.name);
    call.out.put(&object.qualified_name());
    Ok(())
}
