//! HMAC (Part 1, section 11.4.3; FIPS 198-1).

use super::hash::{Digest, HashAlg};
use hmac::{EagerHash, Hmac, KeyInit, Mac};

/// HMAC over the parts in order.
pub(crate) fn hmac(alg: HashAlg, key: &[u8], parts: &[&[u8]]) -> Digest {
    match alg {
        HashAlg::Sha1 => run::<sha1::Sha1>(key, parts),
        HashAlg::Sha256 => run::<sha2::Sha256>(key, parts),
        HashAlg::Sha384 => run::<sha2::Sha384>(key, parts),
        HashAlg::Sha512 => run::<sha2::Sha512>(key, parts),
    }
}

fn run<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Digest
where
    Hmac<D>: KeyInit + Mac,
{
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Digest::from_slice(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn agrees_with_rfc_4231() {
        let mac = hmac(HashAlg::Sha256, b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(mac[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
        let mac = hmac(HashAlg::Sha384, b"Jefe", &[b"what do ya want for nothing?"]);
        assert_eq!(mac[..8], [0xaf, 0x45, 0xd2, 0xe3, 0x76, 0x48, 0x40, 0x31]);
    }
}
