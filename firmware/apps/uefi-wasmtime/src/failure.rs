//! Why a run did not complete.

use alloc::string::String;
use app::{GuestFailure, MeasureError, StagedError, TpmError};
use core::fmt;
use runtime::Refusal;
use uefi::Status;
use uefi_host::tier::TierError;

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
    /// There is no runtime.
    Tier(TierError),
    /// The embedded component gave no result.
    Guest(GuestFailure),
    /// The image that runs could not be measured.
    Measure(MeasureError),
    /// The TPM did not attest.
    Tpm(TpmError),
    /// The staged guest did not run.
    Staged(StagedError),
}

impl Failure {
    /// A wasmtime error that is not a guest's fault.
    pub fn runtime(error: wasmtime::Error) -> Self {
        Self::Runtime(alloc::format!("{error:#}"))
    }
}

impl app::Failure for Failure {
    fn status(&self) -> Status {
        match self {
            Self::Heap | Self::WrongSum(_) | Self::Runtime(_) => Status::DEVICE_ERROR,
            Self::Embedded(_) | Self::EmbeddedKind => Status::LOAD_ERROR,
            Self::Tier(error) => error.status(),
            Self::Guest(error) => error.status(),
            Self::Measure(error) => error.status(),
            Self::Tpm(error) => error.status(),
            Self::Staged(error) => error.status(),
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
            Self::Tier(error) => error.fmt(f),
            Self::Guest(error) => error.fmt(f),
            Self::Measure(error) => error.fmt(f),
            Self::Tpm(error) => error.fmt(f),
            Self::Staged(error) => error.fmt(f),
        }
    }
}
