//! What the engine needs of its machine, from WASI.

use crate::wasi::clocks::monotonic_clock;
use crate::wasi::random::random;
use tpm2_engine::Platform;

/// The host's random numbers and clock.
pub struct Wasi;

impl Platform for Wasi {
    fn random(&mut self, out: &mut [u8]) {
        // The length is a usize of 32 bits, and WASI gives exactly as many bytes as it is asked for.
        out.copy_from_slice(&random::get_random_bytes(out.len() as u64));
    }

    fn milliseconds(&mut self) -> u64 {
        monotonic_clock::now() / 1_000_000
    }
}
