//! Start-up (Part 3, section 9).

use super::Call;
use crate::machine::{Machine, Orderly};
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};
use alloc::boxed::Box;

/// TPM_SU.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Su {
    Clear,
    State,
}

impl Wire for Su {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u16()? {
            0 => Ok(Self::Clear),
            1 => Ok(Self::State),
            _ => Err(Rc::VALUE),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.u16(*self as u16);
    }
}

/// TPM2_Startup.
pub(super) fn startup(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let how: Su = call.take()?;
    call.end()?;
    // Locality 3 may start the TPM to say that a hardware root of trust ran; 1, 2 and 4 may not (Part 3, 9.3).
    if ![0, 3].contains(&machine.locality) {
        return Err(Rc::LOCALITY);
    }
    match (how, &machine.orderly) {
        (Su::State, Orderly::State(saved)) => {
            let saved = saved.clone();
            machine.resume(*saved);
        }
        (Su::State, _) => return Err(Rc::VALUE.parameter(1)),
        (Su::Clear, Orderly::State(saved)) => {
            let saved = saved.clone();
            machine.restart(&saved);
        }
        (Su::Clear, _) => machine.reset(call.platform),
    }
    Ok(())
}

/// TPM2_Shutdown.
pub(super) fn shutdown(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let how: Su = call.take()?;
    call.end()?;
    machine.orderly = match how {
        Su::Clear => Orderly::Clear,
        Su::State => Orderly::State(Box::new(machine.pcrs.clone())),
    };
    Ok(())
}
