//! The guest staged on the boot medium.
//!
//! It is measured before it is looked at, so that the console says what ran even if running it ends badly.

use crate::guest::{self, GuestFailure};
use crate::{Failure, Hex, Timings, say};
use alloc::vec::Vec;
use core::fmt;
use runtime::{Refusal, Runtime};
use sha2::{Digest, Sha256};
use uefi::{CStr16, Status, cstr16};
use uefi_host::medium::{self, MediumError};

const PATH: &CStr16 = cstr16!("\\guest.wasm");
/// Bytes of the largest file that is read.
const LARGEST: u64 = 64 << 20;

/// A staged guest that was measured and has not run.
#[derive(Debug)]
pub struct Staged {
    bytes: Vec<u8>,
    digest: [u8; 32],
}

/// Why the staged guest did not run to its end. Displays as one sentence.
#[derive(Debug)]
pub enum StagedError {
    /// The file could not be read.
    Medium(MediumError),
    /// The file is not an artifact that can run here.
    Refused(Refusal),
    /// The guest gave no result.
    Guest(GuestFailure),
}

impl Failure for StagedError {
    fn status(&self) -> Status {
        match self {
            Self::Medium(error) => error.status(),
            Self::Refused(_) => Status::LOAD_ERROR,
            Self::Guest(failure) => failure.status(),
        }
    }
}

impl fmt::Display for StagedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Medium(error) => error.fmt(f),
            Self::Refused(refusal) => write!(f, "{PATH} was refused: {refusal}"),
            Self::Guest(failure) => failure.fmt(f),
        }
    }
}

impl core::error::Error for StagedError {}

/// Reads and measures `\guest.wasm` if it is there, and prints its size and digest.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn find(timings: &mut Timings) -> Result<Option<Staged>, StagedError> {
    let read = timings.measure("staged-read", || medium::read(PATH, LARGEST));
    let Some(bytes) = read.map_err(StagedError::Medium)? else {
        say!("staged: none");
        return Ok(None);
    };
    say!("staged: {PATH} {} bytes", bytes.len());
    let digest: [u8; 32] = timings.measure("staged-measure", || Sha256::digest(&bytes).into());
    say!("sha256 {}", Hex(&digest));
    Ok(Some(Staged { bytes, digest }))
}

impl Staged {
    /// SHA-256 of the file.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Runs the guest and prints what it returned.
    ///
    /// # Errors
    /// When the file is no artifact of this runtime, or the guest gives no result.
    pub fn run(&self, runtime: &Runtime, timings: &mut Timings) -> Result<(), StagedError> {
        // SAFETY: the boot medium also holds this very program, so it is as trusted; what is damaged, of another
        // version, of other settings or for another tier is refused.
        let loaded = timings.measure("staged-load", || unsafe { runtime.load(&self.bytes) });
        let artifact = loaded.map_err(StagedError::Refused)?;
        let clock = timings.clock();
        let result = timings.measure("staged-run", || guest::run(runtime, &artifact, clock));
        say!("staged: run returned {}", result.map_err(StagedError::Guest)?);
        Ok(())
    }
}
