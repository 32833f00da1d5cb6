//! `tegmentum:tpm/state`.

use crate::exports::tegmentum::tpm::state::{Guest, StateType, StateValidationFlags, TpmError};
use crate::machine::{Prepared, with_power, without_power};
use crate::{BAD_PARAMETER, Component, FAIL, lifecycle};
use alloc::vec::Vec;

impl Guest for Component {
    /// What Shutdown(STATE) keeps is part of the permanent state here, so of `save-state` there is none.
    fn get_state(kind: StateType) -> Result<Vec<u8>, TpmError> {
        with_power(|tpm| match kind {
            StateType::Permanent => Ok(tpm.permanent_state()),
            StateType::Volatile => Ok(tpm.volatile_state()),
            StateType::SaveState => Err(FAIL),
        })
    }

    fn set_state(kind: StateType, data: Vec<u8>) -> Result<(), TpmError> {
        let data = Some(data).filter(|data| !data.is_empty());
        without_power(|prepared| {
            match kind {
                StateType::Permanent => prepared.permanent = data,
                StateType::Volatile => prepared.volatile = data,
                StateType::SaveState => return Err(FAIL),
            }
            Ok(())
        })
    }

    /// By making a TPM of the parts and throwing it away.
    fn validate_state(kinds: StateValidationFlags, flags: u32) -> Result<(), TpmError> {
        if flags != 0 {
            return Err(BAD_PARAMETER);
        }
        without_power(|prepared| {
            let permanent = prepared.permanent.clone();
            let volatile = prepared.volatile.clone().filter(|_| kinds.contains(StateValidationFlags::VOLATILE));
            lifecycle::power_on(&Prepared { chosen: true, permanent, volatile }).map(drop)
        })
    }

    fn volatile_all_store() -> Result<Vec<u8>, TpmError> {
        with_power(|tpm| Ok(tpm.volatile_state()))
    }
}
