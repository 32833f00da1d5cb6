//! Signing and verifying (Part 3, section 20).

use super::Call;
use crate::crypto::equal;
use crate::machine::Machine;
use crate::object::sign;
use crate::rc::Rc;
use crate::types::Tpm2bDigest;
use crate::types::attributes::Attributes;
use crate::types::handle::Hierarchy;
use crate::types::scheme::Scheme;
use crate::types::signature::Signature;
use crate::types::ticket::{Ticket, tag};

/// TPM2_VerifySignature.
pub(super) fn verify(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let digest: Tpm2bDigest = call.take()?;
    let signature: Signature = call.take()?;
    call.end()?;
    let key = call.object(machine, 0, Rc::ATTRIBUTES)?;
    if !key.has(Attributes::SIGN) {
        return Err(Rc::ATTRIBUTES.handle(1));
    }
    sign::verify(key, &digest, &signature).map_err(|rc| rc.parameter(2))?;
    let ticket = if key.hierarchy == Hierarchy::Null || key.public.name_alg.is_none() {
        Ticket::null(tag::VERIFIED)
    } else {
        let proof = &machine.roots.get(key.hierarchy).proof;
        Ticket::new(tag::VERIFIED, key.hierarchy, proof, [&digest, &key.name])
    };
    ticket.write(&mut call.out);
    Ok(())
}

/// TPM2_Sign.
pub(super) fn sign(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let digest: Tpm2bDigest = call.take()?;
    let asked = call.take_with(Scheme::read_signature)?;
    let ticket = call.take_with(Ticket::read_hash_check)?;
    call.end()?;
    let entropy = machine.drbg.array(call.platform);
    let key = call.object(machine, 0, Rc::KEY)?;
    sign::check_signing(key).map_err(|rc| rc.handle(1))?;
    // Such a key signs certificates only, with a command of their own.
    if key.has(Attributes::X509_SIGN) {
        return Err(Rc::ATTRIBUTES.handle(1));
    }
    let scheme = sign::select(key, asked).map_err(|rc| rc.parameter(2))?;
    let alg = scheme.hash().ok_or(Rc::SCHEME.parameter(2))?;
    if !ticket.digest.is_empty() || key.has(Attributes::RESTRICTED) {
        let proof = &machine.roots.get(ticket.hierarchy).proof;
        let expected = Ticket::hash_check(ticket.hierarchy, proof, alg, &digest);
        if !equal(&ticket.digest, &expected.digest) {
            return Err(Rc::TICKET.parameter(3));
        }
    } else if digest.len() != alg.digest_size() {
        return Err(Rc::SIZE.parameter(1));
    }
    let signature = sign::sign(key, scheme, &digest, &entropy)?;
    call.out.put(&signature);
    Ok(())
}
