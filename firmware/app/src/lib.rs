//! What the UEFI applications have in common.
//!
//! Purpose: lines on the console, timings, the digest of the running image, the TPM inside it, the guests staged on the
//! boot medium, and how a run ends. Contract: an
//! application is one function that returns a result, and hands it to [`finish`]; boot services are active all along.
//! Limits: the panic handler is in here, so every application that links this crate ends its panics the same way.
#![no_std]

extern crate alloc;

mod finish;
mod guest;
mod hex;
mod image;
mod panic;
mod say;
pub mod staged;
mod timing;
pub mod tpm;

pub use finish::{Failure, finish};
pub use guest::{GuestFailure, run_component};
pub use hex::Hex;
pub use image::{MeasureError, measure};
pub use staged::{Staged, StagedError};
pub use timing::Timings;
pub use tpm::TpmError;
/// For [`say!`].
#[doc(hidden)]
pub use uefi_host::Console;
