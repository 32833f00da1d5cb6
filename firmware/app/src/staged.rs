//! The guests staged on the boot medium.
//!
//! They are measured before they are looked at, so that the console says what ran even if running it ends badly.

use crate::guest::{self, GuestFailure};
use crate::{Failure, Hex, Timings, say};
use alloc::vec::Vec;
use core::{fmt, str};
use runtime::{Refusal, Runtime};
use sha2::{Digest, Sha256};
use uefi::{CStr16, Status, cstr16};
use uefi_host::medium::{self, MediumError};
use uefi_host::{Grants, UnknownGrant};

/// As many as evidence carries beside the image.
const MOST: usize = 15;
/// Where they are looked for, up to the first that is not there. One more than may be there, so that it is noticed.
const PATHS: [&CStr16; MOST + 1] = [
    cstr16!("\\guest.wasm"),
    cstr16!("\\guest-2.wasm"),
    cstr16!("\\guest-3.wasm"),
    cstr16!("\\guest-4.wasm"),
    cstr16!("\\guest-5.wasm"),
    cstr16!("\\guest-6.wasm"),
    cstr16!("\\guest-7.wasm"),
    cstr16!("\\guest-8.wasm"),
    cstr16!("\\guest-9.wasm"),
    cstr16!("\\guest-10.wasm"),
    cstr16!("\\guest-11.wasm"),
    cstr16!("\\guest-12.wasm"),
    cstr16!("\\guest-13.wasm"),
    cstr16!("\\guest-14.wasm"),
    cstr16!("\\guest-15.wasm"),
    cstr16!("\\guest-16.wasm"),
];
/// Words that grant guests what is not harmless. Whoever can write this file can replace this very program, so it grants
/// nothing that they could not do anyway; without it a guest can do nothing dangerous.
const GRANTS: &CStr16 = cstr16!("\\guest.grants");
/// Bytes of the largest file of grants, far more than all words there are.
const LARGEST_GRANTS: u64 = 4_096;
/// Bytes of all guests together, since all of them are read before the first runs.
const LARGEST: u64 = 64 << 20;

/// A staged guest that was measured and has not run.
#[derive(Debug)]
pub struct Staged {
    path: &'static CStr16,
    bytes: Vec<u8>,
    digest: [u8; 32],
}

/// Why the staged guests did not run to their end. Displays as one sentence.
#[derive(Debug)]
pub enum StagedError {
    /// There are more than [`MOST`]. Holds the first of those.
    TooMany(&'static CStr16),
    /// The file could not be read.
    Medium(MediumError),
    /// The file is not an artifact that can run here.
    Refused(&'static CStr16, Refusal),
    /// The grants are not text.
    GrantsNotText,
    /// The grants have a word that is none.
    UnknownGrant(UnknownGrant),
    /// The guest gave no result. Which one, since there may be several.
    Guest(&'static CStr16, GuestFailure),
}

impl Failure for StagedError {
    fn status(&self) -> Status {
        match self {
            Self::Medium(error) => error.status(),
            Self::Refused(..) => Status::LOAD_ERROR,
            Self::TooMany(_) | Self::GrantsNotText | Self::UnknownGrant(_) => Status::INVALID_PARAMETER,
            Self::Guest(_, failure) => failure.status(),
        }
    }
}

impl fmt::Display for StagedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany(path) => write!(f, "{path} is one guest too many: at most {MOST} can be staged"),
            Self::Medium(error) => error.fmt(f),
            Self::Refused(path, refusal) => write!(f, "{path} was refused: {refusal}"),
            Self::GrantsNotText => write!(f, "{GRANTS} was refused: it is not text"),
            Self::UnknownGrant(error) => write!(f, "{GRANTS} was refused: {error}"),
            Self::Guest(path, failure) => write!(f, "{path}: {failure}"),
        }
    }
}

impl core::error::Error for StagedError {}

/// Reads and measures `\guest.wasm`, `\guest-2.wasm` and so on as far as they are there, and prints the size and digest
/// of each.
///
/// # Errors
/// When a file is there and cannot be read, or there are too many.
pub fn find(timings: &mut Timings) -> Result<Vec<Staged>, StagedError> {
    let mut found = Vec::new();
    let mut room = LARGEST;
    for path in PATHS {
        let read = timings.measure("staged-read", || medium::read(path, room));
        let Some(bytes) = read.map_err(StagedError::Medium)? else {
            break;
        };
        if found.len() == MOST {
            return Err(StagedError::TooMany(path));
        }
        room = room.saturating_sub(bytes.len() as u64);
        say!("staged: {path} {} bytes", bytes.len());
        let digest: [u8; 32] = timings.measure("staged-measure", || Sha256::digest(&bytes).into());
        say!("sha256 {}", Hex(&digest));
        found.push(Staged { path, bytes, digest });
    }
    if found.is_empty() {
        say!("staged: none");
    }
    Ok(found)
}

/// Reads what the owner of the boot medium grants its guests, and says so if there is anything.
///
/// # Errors
/// When the file is there and cannot be read or understood.
pub fn grants() -> Result<Grants, StagedError> {
    let Some(bytes) = medium::read(GRANTS, LARGEST_GRANTS).map_err(StagedError::Medium)? else {
        return Ok(Grants::default());
    };
    let text = str::from_utf8(&bytes).map_err(|_| StagedError::GrantsNotText)?;
    let grants = Grants::parse(text).map_err(StagedError::UnknownGrant)?;
    say!("staged: granted {grants}");
    Ok(grants)
}

impl Staged {
    /// SHA-256 of the file.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Runs the guest within `grants` and prints what it returned.
    ///
    /// # Errors
    /// When the file is no artifact of this runtime, or the guest gives no result.
    pub fn run(&self, runtime: &Runtime, timings: &mut Timings, grants: Grants) -> Result<(), StagedError> {
        // SAFETY: the boot medium also holds this very program, so it is as trusted; what is damaged, of another
        // version, of other settings or for another tier is refused.
        let loaded = timings.measure("staged-load", || unsafe { runtime.load(&self.bytes) });
        let artifact = loaded.map_err(|refusal| StagedError::Refused(self.path, refusal))?;
        let clock = timings.clock();
        let result = timings.measure("staged-run", || guest::run(runtime, &artifact, clock, grants));
        say!("staged: run returned {}", result.map_err(|failure| StagedError::Guest(self.path, failure))?);
        Ok(())
    }
}
