//! `TPM2_GetRandom` (Part 3, 16.1).

use crate::wire::{Command, CommandCode, LONGEST, Malformed, Success};
use alloc::vec::Vec;

/// `TPM2_GetRandom` for at most `count` bytes.
#[must_use]
pub fn get_random(count: u16) -> Vec<u8> {
    Command::new(CommandCode::GET_RANDOM).u16(count).finish()
}

/// The random bytes, which may be fewer than asked for: a TPM returns no more than its largest digest at once.
///
/// # Errors
/// When the response does not hold.
pub fn parse_get_random(response: &Success) -> Result<Vec<u8>, Malformed> {
    response.parameters(|reader| Ok(reader.sized(LONGEST)?.rest().to_vec()))
}
