//! `tegmentum:tpm/tis`.

use crate::Component;
use crate::exports::tegmentum::tpm::tis::{Guest, TpmError};
use crate::machine::with_power;
use alloc::vec::Vec;

impl Guest for Component {
    fn hash_start() -> Result<(), TpmError> {
        with_power(|tpm| {
            tpm.hash_start();
            Ok(())
        })
    }

    fn hash_data(data: Vec<u8>) -> Result<(), TpmError> {
        with_power(|tpm| {
            tpm.hash_data(&data);
            Ok(())
        })
    }

    fn hash_end() -> Result<(), TpmError> {
        with_power(|tpm| {
            tpm.hash_end();
            Ok(())
        })
    }

    fn tpm_established_get() -> Result<bool, TpmError> {
        with_power(|tpm| Ok(tpm.established()))
    }

    fn tpm_established_reset() -> Result<(), TpmError> {
        with_power(|tpm| {
            tpm.reset_established();
            Ok(())
        })
    }
}
