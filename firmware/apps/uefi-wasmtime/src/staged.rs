//! The guest staged on the boot medium.
//!
//! It is measured before it is looked at, so that the console says what ran even if running it ends badly.

use crate::component;
use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use alloc::string::String;
use core::fmt;
use runtime::{Artifact, Limits, Runtime, bounded_store, run_module};
use sha2::{Digest, Sha256};
use uefi::{CStr16, cstr16};
use uefi_host::{Clock, medium};

const PATH: &CStr16 = cstr16!("\\guest.wasm");
/// Bytes of the largest file that is read.
const LARGEST: u64 = 64 << 20;

/// Measures and runs `\guest.wasm` if it is there.
pub fn run(runtime: &Runtime, timings: &mut Timings) -> Result<(), Failure> {
    let Some(bytes) = timings.measure("staged-read", || medium::read(PATH, LARGEST)).map_err(Failure::Medium)? else {
        say!("staged: none");
        return Ok(());
    };
    say!("staged: \\guest.wasm {} bytes", bytes.len());
    say!("sha256 {}", Hex(&timings.measure("staged-measure", || Sha256::digest(&bytes))));
    // SAFETY: the boot medium also holds this very program, so it is as trusted; what is damaged, of another version, of
    // other settings or for another tier is refused.
    let artifact = timings.measure("staged-load", || unsafe { runtime.load(&bytes) }).map_err(Failure::Staged)?;
    let clock = timings.clock();
    let result = timings.measure("staged-run", || call(runtime, &artifact, clock))?;
    say!("staged: run returned {result}");
    Ok(())
}

fn call(runtime: &Runtime, artifact: &Artifact, clock: Clock) -> Result<String, Failure> {
    match artifact {
        Artifact::Component(guest) => component::call(runtime, guest, clock),
        Artifact::Module(guest) => {
            let store = bounded_store(runtime.engine(), (), Limits::default()).map_err(Failure::runtime)?;
            run_module(store, guest).map_err(Failure::Guest)
        }
    }
}

/// Bytes in lower-case hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
