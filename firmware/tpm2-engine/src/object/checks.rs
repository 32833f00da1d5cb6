//! Whether attributes, schemes and type of an object agree (Part 1, section 26.2; Part 2, section 8.3.3; Part 3,
//! TPM2_CreatePrimary and TPM2_LoadExternal). Each rule is here once; the order is that of the reference code, so that
//! an object that breaks several is refused for the same one.

use crate::rc::Rc;
use crate::types::attributes::Attributes;
use crate::types::public::{Kind, Public};
use crate::types::scheme::Scheme;
use crate::types::symmetric::Symmetric;

/// What a primary object to be made must satisfy.
pub(crate) fn creation(public: &Public, data_size: usize) -> Result<(), Rc> {
    let origin = public.has(Attributes::SENSITIVE_DATA_ORIGIN);
    if !origin && data_size == 0 {
        return Err(Rc::ATTRIBUTES);
    }
    let fixed = public.has(Attributes::FIXED_PARENT) || public.has(Attributes::FIXED_TPM);
    let allowed = match public.kind {
        // Data that nobody provides would be sealed noise.
        Kind::KeyedHash { .. } if neither(public) => !origin,
        Kind::KeyedHash { .. } => origin || !public.has(Attributes::RESTRICTED) || !fixed,
        // An asymmetric private key is never the caller's.
        Kind::Ecc { .. } => origin,
    };
    if allowed { attributes(public) } else { Err(Rc::ATTRIBUTES) }
}

/// What an object with a sensitive area must satisfy.
pub(crate) fn attributes(public: &Public) -> Result<(), Rc> {
    let alg = public.name_alg.ok_or(Rc::HASH)?;
    if !public.auth_policy.is_empty() && public.auth_policy.len() != alg.digest_size() {
        return Err(Rc::SIZE);
    }
    if public.has(Attributes::FIXED_PARENT) != public.has(Attributes::FIXED_TPM) {
        return Err(Rc::ATTRIBUTES);
    }
    let one_use = public.has(Attributes::SIGN) != public.has(Attributes::DECRYPT);
    if !one_use && public.has(Attributes::RESTRICTED) {
        return Err(Rc::ATTRIBUTES);
    }
    if neither(public) && !matches!(public.kind, Kind::KeyedHash { .. }) {
        return Err(Rc::ATTRIBUTES);
    }
    if public.has(Attributes::FIXED_TPM | Attributes::ENCRYPTED_DUPLICATION) {
        return Err(Rc::ATTRIBUTES);
    }
    schemes(public)
}

/// What any object must satisfy, be it only a public area.
pub(crate) fn schemes(public: &Public) -> Result<(), Rc> {
    match public.kind {
        Kind::KeyedHash { scheme, .. } => keyed_hash(public, scheme),
        Kind::Ecc { scheme, symmetric, .. } => ecc(public, scheme, symmetric),
    }
}

fn keyed_hash(public: &Public, scheme: Scheme) -> Result<(), Rc> {
    let fits = match use_of(public) {
        Use::Sign => matches!(scheme, Scheme::Hmac(_)),
        // Obfuscation by XOR, the one scheme of a decryption key of this type, is not implemented.
        Use::Decrypt => false,
        Use::Both | Use::Neither => scheme == Scheme::Null,
    };
    if fits { Ok(()) } else { Err(Rc::SCHEME) }
}

fn ecc(public: &Public, scheme: Scheme, symmetric: Symmetric) -> Result<(), Rc> {
    let restricted = public.has(Attributes::RESTRICTED);
    let fits = match use_of(public) {
        Use::Sign => scheme != Scheme::Null || !restricted,
        // ECDH, the one scheme of a decryption key of this type, is not implemented.
        Use::Decrypt | Use::Both | Use::Neither => scheme == Scheme::Null,
    };
    if !fits {
        return Err(Rc::SCHEME);
    }
    let storage_key = restricted && public.has(Attributes::DECRYPT);
    if storage_key == (symmetric == Symmetric::Null) { Err(Rc::SYMMETRIC) } else { Ok(()) }
}

enum Use {
    Sign,
    Decrypt,
    Both,
    Neither,
}

fn use_of(public: &Public) -> Use {
    match (public.has(Attributes::SIGN), public.has(Attributes::DECRYPT)) {
        (true, false) => Use::Sign,
        (false, true) => Use::Decrypt,
        (true, true) => Use::Both,
        (false, false) => Use::Neither,
    }
}

fn neither(public: &Public) -> bool {
    matches!(use_of(public), Use::Neither)
}
