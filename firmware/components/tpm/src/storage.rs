//! The permanent state in the host's storage, and the host's word on who sends a command.

use crate::FAIL;
use crate::platform::Wasi;
use crate::tegmentum::tpm::{io, storage};
use alloc::vec::Vec;
use tpm2_engine::Tpm;

/// libtpms' name for permanent state.
const NAME: &str = "permall";
/// One instance is one TPM, so it is always the first.
const NUMBER: u32 = 0;
/// TPM_RETRY: nothing is stored.
const NOTHING: u32 = 0x800;

/// The state that an earlier instance stored, if there was one.
pub fn load() -> Result<Option<Vec<u8>>, u32> {
    storage::init()?;
    io::init()?;
    match storage::load_data(NUMBER, NAME) {
        Ok(data) => Ok(Some(data)),
        Err(NOTHING) => Ok(None),
        Err(code) => Err(code),
    }
}

/// Stores the state. The TPM's clock is part of it, so it has changed whenever this is called.
pub fn keep(tpm: &Tpm<Wasi>) -> Result<(), u32> {
    storage::store_data(&tpm.permanent_state(), NUMBER, NAME)
}

/// The locality of the command about to be executed.
pub fn locality() -> Result<u8, u32> {
    io::get_locality(NUMBER)?.try_into().ok().filter(|locality| *locality <= 4).ok_or(FAIL)
}
