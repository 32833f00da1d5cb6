//! The guests staged on the boot medium.
//!
//! Each is measured before it is looked at, so that the console says what ran even if running it ends badly.

use crate::component;
use crate::finish::Failure;
use crate::grants;
use crate::say::say;
use crate::timing::Timings;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use runtime::{Artifact, Limits, bounded_store, load, run_module};
use sha2::{Digest, Sha256};
use uefi::fs::{Error as FileError, FileSystem};
use uefi::{CString16, Status, boot};
use uefi_host::{Clock, Grants};
use wasmtime::Engine;

/// Larger files are refused unread: firmware would rather hang than fail for want of memory.
const LARGEST: u64 = 64 << 20;

/// Measures and runs `\guest.wasm` if it is there, then `\guest-2.wasm` and so on until one is not.
pub fn run(engine: &Engine, timings: &mut Timings) -> Result<(), Failure> {
    let grants = grants::read()?;
    for number in 1_u32.. {
        let path = if number == 1 { String::from("\\guest.wasm") } else { format!("\\guest-{number}.wasm") };
        let Some(bytes) = timings.measure("staged-read", || read(&path, LARGEST))? else {
            if number == 1 {
                say!("staged: none");
            }
            break;
        };
        run_one(engine, timings, &path, &bytes, grants)?;
    }
    Ok(())
}

fn run_one(engine: &Engine, timings: &mut Timings, path: &str, bytes: &[u8], grants: Grants) -> Result<(), Failure> {
    say!("staged: {path} {} bytes", bytes.len());
    say!("sha256 {}", Hex(&timings.measure("staged-measure", || Sha256::digest(bytes))));
    // SAFETY: the boot medium also holds this very program, so it is as trusted; wasmtime refuses artifacts of other
    // versions and settings, and containers that do not hold.
    let artifact = timings
        .measure("staged-load", || unsafe { load(engine, bytes) })
        .map_err(|refusal| Failure::Staged(path.into(), refusal))?;
    let clock = timings.clock();
    let result = timings.measure("staged-run", || call(engine, &artifact, clock, grants))?;
    say!("staged: run returned {result}");
    Ok(())
}

fn call(engine: &Engine, artifact: &Artifact, clock: Clock, grants: Grants) -> Result<String, Failure> {
    match artifact {
        Artifact::Component(guest) => component::call(engine, guest, clock, grants),
        Artifact::Module(guest) => {
            let store = bounded_store(engine, (), Limits::default()).map_err(Failure::runtime)?;
            run_module(store, guest).map_err(Failure::Guest)
        }
    }
}

/// A file's bytes; none when it is not there, or when the image was booted from something without a file system.
pub fn read(path: &str, largest: u64) -> Result<Option<Vec<u8>>, Failure> {
    let Ok(volume) = boot::get_image_file_system(boot::image_handle()) else {
        return Ok(None);
    };
    let name = CString16::try_from(path).map_err(|error| Failure::Runtime(format!("{path}: {error}")))?;
    let mut files = FileSystem::new(volume);
    let size = match files.metadata(&*name) {
        Ok(metadata) => metadata.file_size(),
        Err(FileError::Io(error)) if error.uefi_error.status() == Status::NOT_FOUND => return Ok(None),
        Err(error) => return Err(Failure::Unreadable(path.into(), error)),
    };
    if size > largest {
        return Err(Failure::TooLarge(path.into(), size));
    }
    files.read(&*name).map(Some).map_err(|error| Failure::Unreadable(path.into(), error))
}

/// Bytes in lower-case hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
