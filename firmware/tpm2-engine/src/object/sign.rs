//! Choosing a scheme, signing and verifying (Part 1, section 11.4.6; Part 3, section 20).

use super::Object;
use crate::crypto::ecc::{Point, PrivateKey};
use crate::crypto::equal;
use crate::crypto::hmac::hmac;
use crate::rc::Rc;
use crate::types::attributes::Attributes;
use crate::types::public::{EccParameter, Kind};
use crate::types::scheme::Scheme;
use crate::types::signature::Signature;

/// The scheme that a signature is made with: the key's, or the caller's if the key leaves it open. If both name one,
/// they must be the same.
pub(crate) fn select(key: &Object, asked: Scheme) -> Result<Scheme, Rc> {
    match (key.public.scheme(), asked) {
        (Scheme::Null, Scheme::Null) => Err(Rc::SCHEME),
        (Scheme::Null, chosen) | (chosen, Scheme::Null) => Ok(chosen),
        (own, asked) if own == asked => Ok(own),
        _ => Err(Rc::SCHEME),
    }
}

/// TPM_RC_KEY unless the object may sign.
pub(crate) fn check_signing(key: &Object) -> Result<(), Rc> {
    if key.has(Attributes::SIGN) { Ok(()) } else { Err(Rc::KEY) }
}

/// Signs a digest with a scheme that [`select`] gave.
pub(crate) fn sign(key: &Object, scheme: Scheme, digest: &[u8], entropy: &[u8; 32]) -> Result<Signature, Rc> {
    let secret = &key.sensitive.as_ref().ok_or(Rc::AUTH_UNAVAILABLE)?.secret;
    match (&key.public.kind, scheme) {
        (Kind::Ecc { .. }, Scheme::Ecdsa(hash)) => {
            let private = PrivateKey::from_bytes(secret).ok_or(Rc::KEY)?;
            let (r, s) = private.sign(digest, entropy);
            Ok(Signature::Ecdsa { hash, r: EccParameter::new(&r), s: EccParameter::new(&s) })
        }
        (Kind::KeyedHash { .. }, Scheme::Hmac(hash)) => {
            Ok(Signature::Hmac { hash, digest: hmac(hash, secret, &[digest]) })
        }
        _ => Err(Rc::SCHEME),
    }
}

/// Verifies a signature over a digest.
pub(crate) fn verify(key: &Object, digest: &[u8], signature: &Signature) -> Result<(), Rc> {
    let good = match (&key.public.kind, signature) {
        (Kind::Ecc { x, y, .. }, Signature::Ecdsa { r, s, .. }) => {
            Point::from_coordinates(x, y).is_some_and(|point| point.verify(digest, r, s))
        }
        (Kind::KeyedHash { .. }, Signature::Hmac { hash, digest: mac }) => {
            let sensitive = key.sensitive.as_ref().ok_or(Rc::HANDLE)?;
            let own = key.public.scheme().hash();
            own.is_none_or(|own| own == *hash) && equal(&hmac(*hash, &sensitive.secret, &[digest]), mac)
        }
        _ => return Err(Rc::SCHEME),
    };
    if good { Ok(()) } else { Err(Rc::SIGNATURE) }
}
