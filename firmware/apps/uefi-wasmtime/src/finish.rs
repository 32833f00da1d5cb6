//! How a run ends: with the machine off.

use crate::say::say;
use alloc::string::String;
use core::fmt;
use core::time::Duration;
use runtime::{GuestError, Refusal};
use uefi::runtime::{ResetType, reset};
use uefi::{Status, boot};

/// Why a run did not complete, displayed as one sentence.
#[derive(Debug)]
pub enum Failure {
    /// Memory did not hold what was stored in it.
    Heap,
    /// The core module cannot add.
    WrongSum(i32),
    /// An artifact inside the image was refused: the image was built wrong.
    Embedded(Refusal),
    /// An artifact inside the image is a module where a component belongs, or the reverse.
    EmbeddedKind,
    /// The runtime itself failed. Holds wasmtime's reason.
    Runtime(String),
    /// A staged file could not be read.
    Unreadable(String, uefi::fs::Error),
    /// A staged file is larger than will be read. Holds its size in bytes.
    TooLarge(String, u64),
    /// A staged file is not an artifact that can run here.
    Staged(String, Refusal),
    /// The staged grants cannot be understood. Holds the reason.
    Grants(String),
    /// A guest gave no result.
    Guest(GuestError),
}

impl Failure {
    /// A wasmtime error that is not a guest's fault.
    pub fn runtime(error: wasmtime::Error) -> Self {
        Self::Runtime(alloc::format!("{error:#}"))
    }

    /// The status that the machine is switched off with.
    const fn status(&self) -> Status {
        match self {
            Self::Heap | Self::WrongSum(_) | Self::Runtime(_) => Status::DEVICE_ERROR,
            Self::Unreadable(..) | Self::TooLarge(..) => Status::VOLUME_CORRUPTED,
            Self::Embedded(_) | Self::EmbeddedKind | Self::Staged(..) => Status::LOAD_ERROR,
            Self::Grants(_) => Status::INVALID_PARAMETER,
            Self::Guest(_) => Status::ABORTED,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heap => f.write_str("the heap does not hold what is stored in it"),
            Self::WrongSum(sum) => write!(f, "add(20,22) must be 42 and is {sum}"),
            Self::Embedded(refusal) => write!(f, "an embedded guest was refused: {refusal}"),
            Self::EmbeddedKind => f.write_str("an embedded guest is of the wrong kind"),
            Self::Runtime(reason) => write!(f, "the runtime failed: {reason}"),
            Self::Unreadable(path, error) => write!(f, "{path} cannot be read: {error}"),
            Self::TooLarge(path, size) => write!(f, "{path} is too large: {size} bytes"),
            Self::Staged(path, refusal) => write!(f, "{path} was refused: {refusal}"),
            Self::Grants(reason) => write!(f, "\\guest.grants was refused: {reason}"),
            Self::Guest(error) => write!(f, "{error}"),
        }
    }
}

/// Says that all went well, and switches the machine off.
pub fn complete() -> ! {
    say!("uefi-wasmtime: complete");
    switch_off(Status::SUCCESS)
}

/// Says in one sentence what went wrong, and switches the machine off with an error status.
pub fn failed(failure: &Failure) -> ! {
    let status = failure.status();
    say!("uefi-wasmtime: failed ({status:?}): {failure}");
    switch_off(status)
}

/// Gives the console time to drain, since a serial line may be far behind, and switches the machine off.
pub fn switch_off(status: Status) -> ! {
    boot::stall(Duration::from_secs(1));
    reset(ResetType::SHUTDOWN, status, None)
}
