//! Making a primary object from a seed (Part 1, section 26.1.4 and C.5): the same seed, template and caller's data
//! always give the same object, so a key need not be kept to be had again.

use super::Object;
use crate::crypto::ecc::{self, PrivateKey};
use crate::crypto::hash::{HashAlg, hash};
use crate::crypto::kdf::kdfa;
use crate::hierarchy::Root;
use crate::rc::Rc;
use crate::types::handle::Hierarchy;
use crate::types::public::{EccParameter, Kind, Public};
use crate::types::sensitive::{Sensitive, SensitiveCreate, SensitiveData};
use crate::types::symmetric::Symmetric;
use crate::types::{Name, Tpm2bDigest};
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// The hash algorithm of the derivation, which is the vendor's choice: as strong as the seeds are long.
const KDF_HASH: HashAlg = HashAlg::Sha256;

/// Where the derived parts of one object come from.
struct Derivation<'a> {
    seed: &'a [u8],
    /// The Name of the template, which is the whole of it in short.
    template: Name,
    /// Data of the caller's, mixed in.
    data: &'a [u8],
}

impl Derivation<'_> {
    fn bytes(&self, label: &str, size: usize) -> Zeroizing<Vec<u8>> {
        kdfa(KDF_HASH, self.seed, label, &self.template, self.data, size)
    }
}

/// Makes the object that `template` asks for, whose consistency was checked.
pub(crate) fn primary(
    root: &Root,
    hierarchy: Hierarchy,
    mut public: Public,
    input: SensitiveCreate,
) -> Result<Object, Rc> {
    let alg = public.name_alg.ok_or(Rc::HASH)?;
    let from = Derivation { seed: &root.seed, template: public.name(), data: &input.data };
    let seed = Tpm2bDigest::new(&from.bytes("PRIMARY SEED", alg.digest_size()));
    let (seed, secret) = match &mut public.kind {
        Kind::Ecc { symmetric, x, y, .. } => {
            let key = ecc_key(&from);
            let point = key.public();
            (*x, *y) = (EccParameter::new(&point.x), EccParameter::new(&point.y));
            // Only a key that may have children needs a seed to protect them with.
            let seed = if *symmetric == Symmetric::Null { Tpm2bDigest::default() } else { seed };
            (seed, SensitiveData::new(&key.to_bytes()))
        }
        Kind::KeyedHash { scheme, unique } => {
            let secret = keyed_hash_secret(&from, scheme.hash(), alg)?;
            *unique = Tpm2bDigest::new(&hash(alg, &[&seed, &secret]));
            (seed, secret)
        }
    };
    let sensitive = Sensitive { alg: public.alg(), auth: input.auth, seed, secret };
    Ok(Object::new(public, Some(sensitive), hierarchy, false))
}

fn ecc_key(from: &Derivation<'_>) -> PrivateKey {
    let mut seed = Zeroizing::new([0; ecc::SEED]);
    seed.copy_from_slice(&from.bytes("PRIMARY ECC", ecc::SEED));
    PrivateKey::from_seed(&seed)
}

/// The caller's data, or a key as long as a digest. An HMAC key longer than a block would only be hashed first.
fn keyed_hash_secret(from: &Derivation<'_>, scheme: Option<HashAlg>, name_alg: HashAlg) -> Result<SensitiveData, Rc> {
    let alg = scheme.unwrap_or(name_alg);
    if from.data.is_empty() {
        return Ok(SensitiveData::new(&from.bytes("PRIMARY KEY", alg.digest_size())));
    }
    if scheme.is_some() && from.data.len() > alg.block_size() {
        return Err(Rc::SIZE.parameter(1));
    }
    Ok(SensitiveData::new(from.data))
}
