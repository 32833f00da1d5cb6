//! The clock (Part 3, section 29).

use super::Call;
use crate::machine::Machine;
use crate::rc::Rc;

/// TPM2_ReadClock.
pub(super) fn read(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    call.end()?;
    call.out.u64(machine.clock.time);
    machine.clock.info().write(&mut call.out);
    Ok(())
}
