//! Random numbers (Part 3, section 16).

use super::Call;
use crate::crypto::hash::MAX_DIGEST;
use crate::machine::Machine;
use crate::rc::Rc;
use crate::wire::Buffer;

/// The most bytes in a TPM2B_SENSITIVE_DATA of TPM2_StirRandom.
const MAX_STIR: usize = 128;

/// TPM2_GetRandom: never more than the largest digest.
pub(super) fn get(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let asked: u16 = call.take()?;
    call.end()?;
    let mut random = [0; MAX_DIGEST];
    let random = &mut random[..usize::from(asked).min(MAX_DIGEST)];
    machine.drbg.fill(call.platform, random);
    call.out.sized(random);
    Ok(())
}

/// TPM2_StirRandom.
pub(super) fn stir(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let data: Buffer<MAX_STIR> = call.take()?;
    call.end()?;
    machine.drbg.stir(call.platform, &data);
    Ok(())
}
