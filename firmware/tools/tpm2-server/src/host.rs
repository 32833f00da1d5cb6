//! The platform of a TPM on a host.

use std::fs::File;
use std::io::{self, Read};
use std::time::Instant;
use tpm2_engine::Platform;

/// The kernel's entropy, and the time since this was made.
pub struct Host {
    urandom: File,
    began: Instant,
}

impl Host {
    /// Opens the entropy source.
    ///
    /// # Errors
    ///
    /// If /dev/urandom cannot be opened.
    pub fn new() -> io::Result<Self> {
        Ok(Self { urandom: File::open("/dev/urandom")?, began: Instant::now() })
    }
}

impl Platform for Host {
    fn random(&mut self, out: &mut [u8]) {
        self.urandom.read_exact(out).expect("/dev/urandom never ends");
    }

    fn milliseconds(&mut self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
