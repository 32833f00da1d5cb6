//! Known answers (Part 1, section 12.3): whether the cryptography computes what it must.

use super::hash::{HashAlg, hash};
use super::hmac::hmac;
use super::{cfb, ecc};

/// The first bytes of the digests of "abc" (FIPS 180-4 examples).
const ABC: [(HashAlg, [u8; 4]); 4] = [
    (HashAlg::Sha1, [0xa9, 0x99, 0x3e, 0x36]),
    (HashAlg::Sha256, [0xba, 0x78, 0x16, 0xbf]),
    (HashAlg::Sha384, [0xcb, 0x00, 0x75, 0x3f]),
    (HashAlg::Sha512, [0xdd, 0xaf, 0x35, 0xa1]),
];

/// RFC 6979, A.2.5: the private key.
const PRIVATE: [u8; 32] = [
    0xC9, 0xAF, 0xA9, 0xD8, 0x45, 0xBA, 0x75, 0x16, 0x6B, 0x5C, 0x21, 0x57, 0x67, 0xB1, 0xD6, 0x93, 0x4E, 0x50, 0xC3,
    0xDB, 0x36, 0xE8, 0x9B, 0x12, 0x7B, 0x8A, 0x62, 0x2B, 0x12, 0x0F, 0x67, 0x21,
];
/// The beginning of the x coordinate of its public point.
const PUBLIC_X: [u8; 4] = [0x60, 0xFE, 0xD4, 0xBA];

/// Whether every algorithm gives its known answer.
pub(crate) fn passes() -> bool {
    hashes() && macs() && cipher() && signatures()
}

fn hashes() -> bool {
    ABC.iter().all(|(alg, expected)| hash(*alg, &[b"abc"]).starts_with(expected))
}

/// RFC 4231, test case 2.
fn macs() -> bool {
    hmac(HashAlg::Sha256, b"Jefe", &[b"what do ya want for nothing?"]).starts_with(&[0x5b, 0xdc, 0xc1, 0x46])
}

fn cipher() -> bool {
    let mut data = [0; 17];
    cfb::encrypt(&[0; cfb::KEY], &[0; cfb::BLOCK], &mut data);
    // The first block is AES-256 of zeros under a key of zeros (NIST AESAVS).
    let known = data.starts_with(&[0xdc, 0x95, 0xc0, 0x78]);
    cfb::decrypt(&[0; cfb::KEY], &[0; cfb::BLOCK], &mut data);
    known && data == [0; 17]
}

fn signatures() -> bool {
    let Some(key) = ecc::PrivateKey::from_bytes(&PRIVATE) else { return false };
    let public = key.public();
    let digest = hash(HashAlg::Sha256, &[b"sample"]);
    let (r, s) = key.sign(&digest, &[0; 32]);
    let other = hash(HashAlg::Sha256, &[b"another"]);
    public.x.starts_with(&PUBLIC_X) && public.verify(&digest, &r, &s) && !public.verify(&other, &r, &s)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_algorithm_gives_its_known_answer() {
        assert!(super::hashes());
        assert!(super::macs());
        assert!(super::cipher());
        assert!(super::signatures());
    }
}
