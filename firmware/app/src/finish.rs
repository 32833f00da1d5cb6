//! How a run ends: with the machine off.

use crate::say;
use core::fmt::Display;
use core::time::Duration;
use uefi::runtime::{ResetType, reset};
use uefi::{Status, boot};
use uefi_host::medium::MediumError;
use uefi_host::tier::TierError;

/// Why a run did not complete, displayed as one sentence.
pub trait Failure: Display {
    /// The status that the machine is switched off with.
    fn status(&self) -> Status;
}

impl Failure for MediumError {
    fn status(&self) -> Status {
        Status::VOLUME_CORRUPTED
    }
}

impl Failure for TierError {
    fn status(&self) -> Status {
        match self {
            Self::Medium(error) => error.status(),
            Self::Unknown => Status::INVALID_PARAMETER,
            Self::Engine(_) => Status::DEVICE_ERROR,
        }
    }
}

/// Says how the run of an application went, and switches the machine off, with an error status if it went badly.
pub fn finish<F: Failure>(application: &str, outcome: &Result<(), F>) -> ! {
    match outcome {
        Ok(()) => {
            say!("{application}: complete");
            switch_off(Status::SUCCESS)
        }
        Err(failure) => {
            let status = failure.status();
            say!("{application}: failed ({status:?}): {failure}");
            switch_off(status)
        }
    }
}

/// Gives the console time to drain, since a serial line may be far behind, and switches the machine off.
pub fn switch_off(status: Status) -> ! {
    boot::stall(Duration::from_secs(1));
    reset(ResetType::SHUTDOWN, status, None)
}
