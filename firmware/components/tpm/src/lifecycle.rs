//! `tegmentum:tpm/lifecycle`.

use crate::exports::tegmentum::tpm::lifecycle::{BlobType, Guest, TpmError, TpmVersion};
use crate::machine::{Machine, Prepared, with, without_power};
use crate::platform::Wasi;
use crate::{BAD_PARAMETER, Component, FAIL, INVALID_POSTINIT, blob};
use alloc::string::String;
use alloc::vec::Vec;
use tpm2_engine::Tpm;

/// 0.1.0, as in Cargo.toml.
const VERSION: u32 = 0x0001_0000;

impl Guest for Component {
    fn get_version() -> u32 {
        VERSION
    }

    fn choose_version(version: TpmVersion) -> Result<(), TpmError> {
        match version {
            TpmVersion::Tpm12 => Err(FAIL),
            TpmVersion::Tpm20 => without_power(|prepared| {
                prepared.chosen = true;
                Ok(())
            }),
        }
    }

    fn init() -> Result<(), TpmError> {
        let tpm = without_power(|prepared| if prepared.chosen { power_on(prepared) } else { Err(INVALID_POSTINIT) })?;
        #[cfg(feature = "software-tpm")]
        crate::storage::keep(&tpm)?;
        with(|machine| *machine = Machine::On(tpm));
        Ok(())
    }

    fn terminate() {
        with(|machine| *machine = Machine::Off(Prepared::default()));
    }

    fn was_manufactured() -> bool {
        with(|machine| matches!(machine, Machine::On(tpm) if tpm.was_manufactured()))
    }

    fn decode_blob(data: String, kind: BlobType) -> Result<Vec<u8>, TpmError> {
        match kind {
            BlobType::Initstate => blob::decode(&data).ok_or(BAD_PARAMETER),
        }
    }
}

/// A TPM with power: of the state that was given, or else of the state in storage, or else a new one. State that does not
/// hold is refused, since a TPM that quietly became another would lose its owner's keys.
pub fn power_on(prepared: &Prepared) -> Result<Tpm<Wasi>, u32> {
    match given_or_stored(prepared)? {
        Some(permanent) => Tpm::restore(Wasi, &permanent, prepared.volatile.as_deref()).map_err(|_| FAIL),
        None if prepared.volatile.is_some() => Err(FAIL),
        None => Ok(Tpm::manufacture(Wasi)),
    }
}

#[cfg(not(feature = "software-tpm"))]
fn given_or_stored(prepared: &Prepared) -> Result<Option<Vec<u8>>, u32> {
    Ok(prepared.permanent.clone())
}

#[cfg(feature = "software-tpm")]
fn given_or_stored(prepared: &Prepared) -> Result<Option<Vec<u8>>, u32> {
    let stored = crate::storage::load()?;
    Ok(prepared.permanent.clone().or(stored))
}
