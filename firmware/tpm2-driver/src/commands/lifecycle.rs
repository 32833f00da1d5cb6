//! `TPM2_Startup`, `TPM2_Shutdown`, `TPM2_SelfTest` (Part 3, 9 and 10).

use crate::wire::{Command, CommandCode, Malformed, Success};
use alloc::vec::Vec;

/// `TPM_SU`: what is kept over a power cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartupType {
    /// `TPM_SU_CLEAR`: start anew.
    Clear,
    /// `TPM_SU_STATE`: keep, or restore, the state.
    State,
}

impl StartupType {
    const fn number(self) -> u16 {
        match self {
            Self::Clear => 0,
            Self::State => 1,
        }
    }
}

/// `TPM2_Startup`.
#[must_use]
pub fn startup(kind: StartupType) -> Vec<u8> {
    Command::new(CommandCode::STARTUP).u16(kind.number()).finish()
}

/// `TPM2_Shutdown`.
#[must_use]
pub fn shutdown(kind: StartupType) -> Vec<u8> {
    Command::new(CommandCode::SHUTDOWN).u16(kind.number()).finish()
}

/// `TPM2_SelfTest`; `full` tests again what was tested before.
#[must_use]
pub fn self_test(full: bool) -> Vec<u8> {
    Command::new(CommandCode::SELF_TEST).u8(u8::from(full)).finish()
}

/// The response of a command that returns nothing.
///
/// # Errors
/// When it returns something.
pub fn parse_empty(response: &Success) -> Result<(), Malformed> {
    response.parameters(|_| Ok(()))
}
