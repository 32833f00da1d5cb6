//! The random number generator of the TPM: HMAC_DRBG (SP 800-90A, section 10.1.2) with SHA-256.
//!
//! The platform's entropy goes through it for two reasons: under UEFI that entropy may be a weak source, of which the
//! generator accumulates all there ever was; and TPM2_StirRandom needs a state to stir. Every request takes fresh
//! entropy first (prediction resistance), so a stolen state says nothing about what comes later.

use super::hash::HashAlg;
use super::hmac::hmac;
use crate::platform::Platform;
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};
use zeroize::Zeroize;

/// Bytes of platform entropy per request: the security strength of the generator is 256 bits.
const ENTROPY: usize = 32;

/// The working state.
pub(crate) struct Drbg {
    key: [u8; 32],
    value: [u8; 32],
}

impl Drbg {
    /// Instantiates with entropy and as much again for a nonce.
    pub(crate) fn new(platform: &mut dyn Platform) -> Self {
        let mut drbg = Self { key: [0; 32], value: [1; 32] };
        let mut seed = [0; 2 * ENTROPY];
        platform.random(&mut seed);
        drbg.update(&seed, &[]);
        seed.zeroize();
        drbg
    }

    /// Mixes fresh entropy and `additional` data into the state.
    pub(crate) fn stir(&mut self, platform: &mut dyn Platform, additional: &[u8]) {
        let mut entropy = [0; ENTROPY];
        platform.random(&mut entropy);
        self.update(&entropy, additional);
        entropy.zeroize();
    }

    /// Fills `out`.
    pub(crate) fn fill(&mut self, platform: &mut dyn Platform, out: &mut [u8]) {
        self.stir(platform, &[]);
        for chunk in out.chunks_mut(self.value.len()) {
            self.value = self.hmac(&[&self.value]);
            chunk.copy_from_slice(&self.value[..chunk.len()]);
        }
        self.update(&[], &[]);
    }

    /// An array of random bytes.
    pub(crate) fn array<const N: usize>(&mut self, platform: &mut dyn Platform) -> [u8; N] {
        let mut out = [0; N];
        self.fill(platform, &mut out);
        out
    }

    /// The function HMAC_DRBG_Update over the concatenation of two strings.
    fn update(&mut self, first: &[u8], second: &[u8]) {
        let rounds: &[u8] = if first.is_empty() && second.is_empty() { &[0] } else { &[0, 1] };
        for round in rounds {
            self.key = self.hmac(&[&self.value, &[*round], first, second]);
            self.value = self.hmac(&[&self.value]);
        }
    }

    fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(&hmac(HashAlg::Sha256, &self.key, parts));
        out
    }
}

impl Drop for Drbg {
    fn drop(&mut self) {
        self.key.zeroize();
        self.value.zeroize();
    }
}

impl Wire for Drbg {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self { key: reader.array()?, value: reader.array()? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.key);
        writer.bytes(&self.value);
    }
}
