//! The one TPM of an instance, powered on or off.

use crate::platform::Wasi;
use crate::{FAIL, INVALID_POSTINIT};
use alloc::vec::Vec;
use core::cell::RefCell;
use tpm2_engine::Tpm;

/// What was said before `init`.
#[derive(Default)]
pub struct Prepared {
    /// `choose-version` was called.
    pub chosen: bool,
    /// Permanent state that `set-state` gave.
    pub permanent: Option<Vec<u8>>,
    /// Volatile state that `set-state` gave.
    pub volatile: Option<Vec<u8>>,
}

/// A TPM through its life.
pub enum Machine {
    /// Without power.
    Off(Prepared),
    /// With power.
    On(Tpm<Wasi>),
}

/// The cell that holds it. WebAssembly without the threads proposal has one thread, so sharing is a formality.
struct Only(RefCell<Machine>);

// SAFETY: this module is compiled without the atomics feature, so there is no second thread that could share it.
#[cfg(not(target_feature = "atomics"))]
unsafe impl Sync for Only {}

static MACHINE: Only = Only(RefCell::new(Machine::Off(Prepared { chosen: false, permanent: None, volatile: None })));

/// Does something with the TPM. Nothing that is done calls back, since a component may not be entered twice.
pub fn with<R>(work: impl FnOnce(&mut Machine) -> R) -> R {
    work(&mut MACHINE.0.borrow_mut())
}

/// Does something with the TPM if it is powered.
pub fn with_power<R>(work: impl FnOnce(&mut Tpm<Wasi>) -> Result<R, u32>) -> Result<R, u32> {
    with(|machine| match machine {
        Machine::On(tpm) => work(tpm),
        Machine::Off(_) => Err(FAIL),
    })
}

/// Does something with what is prepared if the TPM is not powered.
pub fn without_power<R>(work: impl FnOnce(&mut Prepared) -> Result<R, u32>) -> Result<R, u32> {
    with(|machine| match machine {
        Machine::Off(prepared) => work(prepared),
        Machine::On(_) => Err(INVALID_POSTINIT),
    })
}
