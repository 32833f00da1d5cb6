//! `tegmentum:tpm/commands`.

use crate::Component;
use crate::exports::tegmentum::tpm::commands::{Guest, TpmError};
use crate::machine::with_power;
use alloc::vec::Vec;

impl Guest for Component {
    fn process(command: Vec<u8>) -> Result<Vec<u8>, TpmError> {
        with_power(|tpm| {
            #[cfg(feature = "software-tpm")]
            tpm.set_locality(crate::storage::locality()?);
            let response = tpm.execute(&command);
            #[cfg(feature = "software-tpm")]
            crate::storage::keep(tpm)?;
            Ok(response)
        })
    }

    /// A component executes one call at a time, so when this is called there is nothing to cancel.
    fn cancel_command() -> Result<(), TpmError> {
        Ok(())
    }
}
