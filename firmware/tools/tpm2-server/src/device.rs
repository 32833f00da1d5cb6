//! A TPM as the server sees it: commands, power, and what only hardware does.

use tpm2_engine::{Platform, Tpm};

/// TPM_FAIL of a TPM 1.2, by which swtpm's control channel says that something could not be done.
const FAIL: u32 = 9;
/// TPM_BAD_PARAMETER of the same.
const BAD_PARAMETER: u32 = 3;

/// What can be served. Errors are results of the control channel; a TPM that has no way for what only hardware does
/// leaves those functions as they are.
pub trait Device {
    /// Executes a command.
    fn execute(&mut self, command: &[u8]) -> Vec<u8>;

    /// Power was off and is on.
    ///
    /// # Errors
    ///
    /// If the TPM does not come up again.
    fn init(&mut self) -> Result<(), u32>;

    /// Where the next commands come from.
    ///
    /// # Errors
    ///
    /// If there is no such locality.
    fn set_locality(&mut self, locality: u8) -> Result<(), u32> {
        if locality == 0 { Ok(()) } else { Err(BAD_PARAMETER) }
    }

    /// _TPM_Hash_Start, _TPM_Hash_Data and _TPM_Hash_End.
    ///
    /// # Errors
    ///
    /// If that cannot be measured.
    fn hash(&mut self, _: Hash<'_>) -> Result<(), u32> {
        Err(FAIL)
    }

    /// Whether a hash sequence was measured.
    fn established(&self) -> bool {
        false
    }

    /// Forgets that a hash sequence was measured.
    fn reset_established(&mut self) {}
}

/// A step of a hash sequence.
#[derive(Clone, Copy, Debug)]
pub enum Hash<'a> {
    /// It begins.
    Start,
    /// Bytes that belong to it.
    Data(&'a [u8]),
    /// It ends, and is measured.
    End,
}

impl<P: Platform> Device for Tpm<P> {
    fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        self.execute(command)
    }

    fn init(&mut self) -> Result<(), u32> {
        self.init();
        Ok(())
    }

    fn set_locality(&mut self, locality: u8) -> Result<(), u32> {
        if locality > 4 {
            return Err(BAD_PARAMETER);
        }
        self.set_locality(locality);
        Ok(())
    }

    fn hash(&mut self, step: Hash<'_>) -> Result<(), u32> {
        match step {
            Hash::Start => self.hash_start(),
            Hash::Data(data) => self.hash_data(data),
            Hash::End => self.hash_end(),
        }
        Ok(())
    }

    fn established(&self) -> bool {
        self.established()
    }

    fn reset_established(&mut self) {
        self.reset_established();
    }
}
