//! Loading an object that was made elsewhere (Part 3, TPM2_LoadExternal): public and private part must belong together.

use super::{Object, checks};
use crate::crypto::ecc::{self, Point, PrivateKey};
use crate::crypto::equal;
use crate::crypto::hash::{HashAlg, MAX_DIGEST, hash};
use crate::rc::Rc;
use crate::types::attributes::Attributes;
use crate::types::handle::Hierarchy;
use crate::types::public::{Kind, Public};
use crate::types::sensitive::Sensitive;

/// Which parameter the private and the public part were in.
const PRIVATE: u32 = 1;
const PUBLIC: u32 = 2;
const HIERARCHY: u32 = 3;

/// Checks both parts and puts them together.
pub(crate) fn external(sensitive: Option<Sensitive>, public: Public, hierarchy: Hierarchy) -> Result<Object, Rc> {
    if sensitive.is_some() {
        if hierarchy != Hierarchy::Null {
            return Err(Rc::HIERARCHY.parameter(HIERARCHY));
        }
        // It must not look like a key that this TPM made.
        if [Attributes::FIXED_TPM, Attributes::FIXED_PARENT, Attributes::RESTRICTED].iter().any(|bit| public.has(*bit))
        {
            return Err(Rc::ATTRIBUTES.parameter(PUBLIC));
        }
    }
    match &sensitive {
        Some(sensitive) if public.name_alg.is_some() => with_name(sensitive, &public)?,
        _ => checks::schemes(&public).map_err(|rc| rc.parameter(PUBLIC))?,
    }
    keys(sensitive.as_ref(), &public)?;
    Ok(Object::new(public, sensitive, hierarchy, true))
}

fn with_name(sensitive: &Sensitive, public: &Public) -> Result<(), Rc> {
    if sensitive.seed.len() > digest_size(public) {
        return Err(Rc::KEY_SIZE.parameter(PRIVATE));
    }
    checks::attributes(public).map_err(|rc| rc.parameter(PUBLIC))
}

fn digest_size(public: &Public) -> usize {
    public.name_alg.map_or(MAX_DIGEST, HashAlg::digest_size)
}

fn keys(sensitive: Option<&Sensitive>, public: &Public) -> Result<(), Rc> {
    if let Some(sensitive) = sensitive {
        if sensitive.alg != public.alg() {
            return Err(Rc::TYPE.parameter(PRIVATE));
        }
        if sensitive.auth.len() > digest_size(public) {
            return Err(Rc::SIZE.parameter(PRIVATE));
        }
    }
    match &public.kind {
        Kind::Ecc { x, y, .. } => ecc(sensitive, x, y),
        Kind::KeyedHash { unique, .. } => keyed_hash(sensitive, public, unique),
    }
}

fn ecc(sensitive: Option<&Sensitive>, x: &[u8], y: &[u8]) -> Result<(), Rc> {
    if x.len() != ecc::SIZE || y.len() != ecc::SIZE {
        return Err(Rc::KEY.parameter(PUBLIC));
    }
    let Some(sensitive) = sensitive else {
        return Point::from_coordinates(x, y).map(drop).ok_or(Rc::ECC_POINT.parameter(PUBLIC));
    };
    if sensitive.secret.len() != ecc::SIZE {
        return Err(Rc::KEY_SIZE.parameter(PRIVATE));
    }
    let key = PrivateKey::from_bytes(&sensitive.secret).ok_or(Rc::KEY_SIZE)?;
    // A point off the curve is not the key's either.
    let public = key.public();
    if public.x == x && public.y == y { Ok(()) } else { Err(Rc::BINDING) }
}

fn keyed_hash(sensitive: Option<&Sensitive>, public: &Public, unique: &[u8]) -> Result<(), Rc> {
    let Some(alg) = public.name_alg else { return Ok(()) };
    if unique.len() != alg.digest_size() {
        return Err(Rc::KEY.parameter(PUBLIC));
    }
    let Some(sensitive) = sensitive else { return Ok(()) };
    let block = public.scheme().hash().map(HashAlg::block_size);
    if block.is_some_and(|block| sensitive.secret.len() > block) || sensitive.seed.len() < alg.digest_size() / 2 {
        return Err(Rc::KEY_SIZE.parameter(PRIVATE));
    }
    let computed = hash(alg, &[&sensitive.seed, &sensitive.secret]);
    if equal(&computed, unique) { Ok(()) } else { Err(Rc::BINDING) }
}
