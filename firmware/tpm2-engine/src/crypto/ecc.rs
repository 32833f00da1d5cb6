//! NIST P-256: keys and ECDSA.

use p256::ecdsa::Signature;
use p256::elliptic_curve::bigint::{NonZero, U256, U384};
use p256::elliptic_curve::group::Group as _;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::{Curve as _, PrimeField as _};
use p256::{AffinePoint, FieldBytes, NistP256, NonZeroScalar, ProjectivePoint};

/// Bytes in a coordinate, a private key or half a signature.
pub(crate) const SIZE: usize = 32;

/// Bytes from a KDF for one private key: 64 bits more than the order has, so that reducing them leaves no bias.
pub(crate) const SEED: usize = SIZE + 8;

/// A point that is on the curve and not at infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: [u8; SIZE],
    pub(crate) y: [u8; SIZE],
}

/// A private key between 1 and the order less one.
pub(crate) struct PrivateKey(NonZeroScalar);

impl PrivateKey {
    /// Key generation by extra random bits (FIPS 186-5, A.2.1; Part 1, C.5): `seed mod (n - 1) + 1`.
    pub(crate) fn from_seed(seed: &[u8; SEED]) -> Self {
        let order_less_one = NistP256::ORDER.as_ref().wrapping_sub(&U256::ONE);
        let modulus = NonZero::new(order_less_one.resize::<{ U384::LIMBS }>()).expect("an order is not one");
        let mut wide = [0; 48];
        wide[48 - SEED..].copy_from_slice(seed);
        let reduced = U384::from_be_slice(&wide).rem(&modulus).resize::<{ U256::LIMBS }>();
        let scalar = NonZeroScalar::from_uint(reduced.wrapping_add(&U256::ONE));
        Self(scalar.expect("between 1 and the order less one by construction"))
    }

    /// A key that somebody else made, big-endian, leading zeros optional. `None` if it is out of range.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        NonZeroScalar::from_repr(padded(bytes)?.into()).into_option().map(Self)
    }

    pub(crate) fn to_bytes(&self) -> [u8; SIZE] {
        self.0.to_repr().into()
    }

    pub(crate) fn public(&self) -> Point {
        let point = ProjectivePoint::mul_by_generator(&self.0).to_affine();
        Point { x: point.x().into(), y: point.y().into() }
    }

    /// ECDSA over a digest: r and s.
    ///
    /// The nonce is RFC 6979's with `entropy` as additional data (its section 3.6; "hedged"). Purely random nonces
    /// give the key away when the entropy source fails, which under UEFI is a real case; purely deterministic ones
    /// let faults and side channels be averaged over repeated signatures of the same digest. The mix fails only when
    /// both fail.
    pub(crate) fn sign(&self, digest: &[u8], entropy: &[u8; 32]) -> ([u8; SIZE], [u8; SIZE]) {
        let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, sha2::Sha256>(&self.0, digest, entropy);
        let (r, s) = signature.split_bytes();
        (r.into(), s.into())
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl Point {
    /// `None` unless both coordinates are less than the field's prime and the point is on the curve.
    pub(crate) fn from_coordinates(x: &[u8], y: &[u8]) -> Option<Self> {
        let point = Self { x: padded(x)?, y: padded(y)? };
        point.decode().map(|_| point)
    }

    fn decode(&self) -> Option<AffinePoint> {
        AffinePoint::from_coordinates(&FieldBytes::from(self.x), &FieldBytes::from(self.y)).into_option()
    }

    /// Whether `r` and `s` are an ECDSA signature of `digest` by this key.
    pub(crate) fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> bool {
        let (Some(point), Some(r), Some(s)) = (self.decode(), padded(r), padded(s)) else { return false };
        let Ok(signature) = Signature::from_scalars(r, s) else { return false };
        ecdsa::hazmat::verify_prehashed(&ProjectivePoint::from(point), digest, &signature).is_ok()
    }
}

/// A number of at most 32 bytes, with its leading zeros; `None` if it is longer.
fn padded(bytes: &[u8]) -> Option<[u8; SIZE]> {
    let mut out = [0; SIZE];
    out.get_mut(SIZE.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hash::{HashAlg, hash};

    /// n - 1, big-endian.
    const LAST: [u8; SIZE] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6,
        0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x50,
    ];

    fn seed(number: [u8; SIZE]) -> [u8; SEED] {
        let mut seed = [0; SEED];
        seed[SEED - SIZE..].copy_from_slice(&number);
        seed
    }

    #[test]
    fn seeds_become_keys_between_one_and_the_last() {
        let mut one = [0; SIZE];
        one[SIZE - 1] = 1;
        assert_eq!(PrivateKey::from_seed(&[0; SEED]).to_bytes(), one);
        assert_eq!(PrivateKey::from_seed(&seed(LAST)).to_bytes(), one);
        let mut before_last = LAST;
        before_last[SIZE - 1] -= 1;
        assert_eq!(PrivateKey::from_seed(&seed(before_last)).to_bytes(), LAST);
    }

    #[test]
    fn private_keys_out_of_range_are_refused() {
        let mut order = LAST;
        order[SIZE - 1] += 1;
        assert!(PrivateKey::from_bytes(&LAST).is_some());
        assert!(PrivateKey::from_bytes(&order).is_none());
        assert!(PrivateKey::from_bytes(&[0; SIZE]).is_none());
        assert!(PrivateKey::from_bytes(&[1; SIZE + 1]).is_none());
        assert!(PrivateKey::from_bytes(&[1]).is_some());
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let point = PrivateKey::from_bytes(&[7]).expect("in range").public();
        assert_eq!(Point::from_coordinates(&point.x, &point.y), Some(point));
        let mut wrong = point.y;
        wrong[SIZE - 1] ^= 1;
        assert_eq!(Point::from_coordinates(&point.x, &wrong), None);
        assert_eq!(Point::from_coordinates(&[], &[]), None);
        assert_eq!(Point::from_coordinates(&[0xFF; SIZE], &point.y), None);
        assert_eq!(Point::from_coordinates(&[0; SIZE + 1], &point.y), None);
    }

    #[test]
    fn signatures_of_every_digest_size_verify_and_differ_by_entropy() {
        let key = PrivateKey::from_bytes(&[9; SIZE]).expect("in range");
        let public = key.public();
        for alg in HashAlg::ALL {
            let digest = hash(alg, &[b"text"]);
            let (r, s) = key.sign(&digest, &[1; 32]);
            assert!(public.verify(&digest, &r, &s), "{alg:?}");
            assert_ne!(r, key.sign(&digest, &[2; 32]).0, "{alg:?}");
            assert!(!public.verify(&digest, &s, &r), "{alg:?}");
            assert!(!public.verify(&digest, &[0; SIZE], &s), "{alg:?}");
            assert!(!public.verify(&digest, &[0xFF; SIZE], &s), "{alg:?}");
        }
    }
}
