//! The cryptography of the TPM over RustCrypto's crates: one file per primitive, no TPM structures here but algorithm
//! identifiers. All of it runs in constant time where a secret goes in.

pub(crate) mod cfb;
pub(crate) mod drbg;
pub(crate) mod ecc;
pub(crate) mod hash;
pub(crate) mod hmac;
pub(crate) mod kdf;
pub(crate) mod self_test;
pub(crate) mod sequence;

/// Whether two byte strings are equal, in time that depends on their lengths only.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    left.ct_eq(right).into()
}
