//! TPM2_StartAuthSession (Part 3, section 11.1).

use super::Call;
use crate::crypto::hash::{ALG_NULL, HashAlg, MAX_DIGEST};
use crate::machine::Machine;
use crate::rc::Rc;
use crate::session::hmac::HmacSession;
use crate::types::Auth;
use crate::types::handle::RH_NULL;
use crate::wire::Buffer;

/// The fewest bytes in a nonce (Part 1, section 19.6.9).
const MIN_NONCE: usize = 16;
/// TPM_SE_HMAC.
const HMAC: u8 = 0;
/// The most bytes in a TPM2B_ENCRYPTED_SECRET: an ECC point.
const MAX_SECRET: usize = 68;

/// TPM2_StartAuthSession, for HMAC sessions that are neither salted, bound nor encrypting.
pub(super) fn start(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let nonce: Auth = call.take()?;
    let salt: Buffer<MAX_SECRET> = call.take()?;
    call.take_with(|reader| if reader.u8()? == HMAC { Ok(()) } else { Err(Rc::VALUE) })?;
    call.take_with(|reader| if reader.u16()? == ALG_NULL { Ok(()) } else { Err(Rc::SYMMETRIC) })?;
    let alg: HashAlg = call.take()?;
    call.end()?;
    if call.handle(0) != RH_NULL {
        return Err(Rc::KEY.handle(1));
    }
    if call.handle(1) != RH_NULL {
        return Err(Rc::VALUE.handle(2));
    }
    if !salt.is_empty() {
        return Err(Rc::VALUE.parameter(2));
    }
    if nonce.len() < MIN_NONCE || nonce.len() > alg.digest_size() {
        return Err(Rc::SIZE.parameter(1));
    }
    let mut fresh = [0; MAX_DIGEST];
    let fresh = &mut fresh[..nonce.len()];
    machine.drbg.fill(call.platform, fresh);
    let nonce_tpm = Auth::new(fresh);
    call.out.put(&nonce_tpm);
    let handle = machine.sessions.insert(HmacSession { alg, nonce_tpm })?;
    call.respond_with_handle(handle);
    Ok(())
}
