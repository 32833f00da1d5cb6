//! The guest staged on the boot medium.
//!
//! It is measured before it is looked at, so that the console says what ran even if running it ends badly.

use crate::component;
use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use runtime::{Artifact, Limits, bounded_store, load, run_module};
use sha2::{Digest, Sha256};
use uefi::fs::{Error as FileError, FileSystem};
use uefi::{CStr16, Status, boot, cstr16};
use uefi_host::Clock;
use wasmtime::Engine;

const PATH: &CStr16 = cstr16!("\\guest.wasm");
/// Larger files are refused unread: firmware would rather hang than fail for want of memory.
const LARGEST: u64 = 64 << 20;

/// Measures and runs `\guest.wasm` if it is there.
pub fn run(engine: &Engine, timings: &mut Timings) -> Result<(), Failure> {
    let Some(bytes) = timings.measure("staged-read", read)? else {
        say!("staged: none");
        return Ok(());
    };
    say!("staged: \\guest.wasm {} bytes", bytes.len());
    say!("sha256 {}", Hex(&timings.measure("staged-measure", || Sha256::digest(&bytes))));
    // SAFETY: the boot medium also holds this very program, so it is as trusted; wasmtime refuses artifacts of other
    // versions and settings, and containers that do not hold.
    let artifact = timings.measure("staged-load", || unsafe { load(engine, &bytes) }).map_err(Failure::Staged)?;
    let clock = timings.clock();
    let result = timings.measure("staged-run", || call(engine, &artifact, clock))?;
    say!("staged: run returned {result}");
    Ok(())
}

fn call(engine: &Engine, artifact: &Artifact, clock: Clock) -> Result<String, Failure> {
    match artifact {
        Artifact::Component(guest) => component::call(engine, guest, clock),
        Artifact::Module(guest) => {
            let store = bounded_store(engine, (), Limits::default()).map_err(Failure::runtime)?;
            run_module(store, guest).map_err(Failure::Guest)
        }
    }
}

/// The file's bytes; none when it is not there, or when the image was booted from something without a file system.
fn read() -> Result<Option<Vec<u8>>, Failure> {
    let Ok(volume) = boot::get_image_file_system(boot::image_handle()) else {
        return Ok(None);
    };
    let mut files = FileSystem::new(volume);
    let size = match files.metadata(PATH) {
        Ok(metadata) => metadata.file_size(),
        Err(FileError::Io(error)) if error.uefi_error.status() == Status::NOT_FOUND => return Ok(None),
        Err(error) => return Err(Failure::Unreadable(error)),
    };
    if size > LARGEST {
        return Err(Failure::TooLarge(size));
    }
    files.read(PATH).map(Some).map_err(Failure::Unreadable)
}

/// Bytes in lower-case hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
