//! KDFa (Part 1, section 11.4.10.2): the counter mode of SP 800-108 over HMAC.

use super::hash::HashAlg;
use super::hmac::hmac;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// `size` bytes from `key`. The label ends with a zero byte on its way in, as Part 1 demands.
pub(crate) fn kdfa(
    alg: HashAlg,
    key: &[u8],
    label: &str,
    context_u: &[u8],
    context_v: &[u8],
    size: usize,
) -> Zeroizing<Vec<u8>> {
    let bits = u32::try_from(size * 8).expect("the engine derives tens of bytes").to_be_bytes();
    let mut derived = Zeroizing::new(Vec::with_capacity(size + alg.digest_size()));
    let mut counter = 0u32;
    while derived.len() < size {
        counter += 1;
        let block = hmac(alg, key, &[&counter.to_be_bytes(), label.as_bytes(), &[0], context_u, context_v, &bits]);
        derived.extend_from_slice(&block);
    }
    derived.truncate(size);
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition written out, since Part 1 gives no vectors.
    #[test]
    fn derives_by_counter_label_contexts_and_bits() {
        let derived = kdfa(HashAlg::Sha256, b"key", "LABEL", b"u", b"v", 40);
        let first = hmac(HashAlg::Sha256, b"key", &[b"\0\0\0\x01LABEL\0uv\0\0\x01\x40"]);
        let second = hmac(HashAlg::Sha256, b"key", &[b"\0\0\0\x02LABEL\0uv\0\0\x01\x40"]);
        assert_eq!(derived[..32], first[..]);
        assert_eq!(derived[32..], second[..8]);
    }
}
