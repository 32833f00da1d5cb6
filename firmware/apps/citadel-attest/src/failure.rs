//! Why a run did not complete.

use crate::network::NetworkError;
use app::{MeasureError, StagedError, TpmError};
use core::fmt;
use evidence::OutOfLimits;
use uefi::Status;
use uefi_host::medium::MediumError;
use uefi_host::tier::TierError;

/// Why a run did not complete, displayed as one sentence.
#[derive(Debug)]
pub enum Failure {
    /// The image that runs could not be measured.
    Measure(MeasureError),
    /// The nonce has a length that no verifier gives. Holds the length in bytes.
    Nonce(usize),
    /// The boot server did not give the nonce.
    Network(NetworkError),
    /// A file of the boot medium could not be read.
    Medium(MediumError),
    /// There is no runtime for the TPM.
    Tier(TierError),
    /// The TPM did not attest.
    Tpm(TpmError),
    /// The TPM gave more than evidence can carry.
    Evidence(OutOfLimits),
    /// The staged module did not run.
    Staged(StagedError),
}

impl app::Failure for Failure {
    fn status(&self) -> Status {
        match self {
            Self::Measure(error) => error.status(),
            Self::Nonce(_) => Status::INVALID_PARAMETER,
            Self::Network(_) => Status::PROTOCOL_ERROR,
            Self::Tpm(error) => error.status(),
            Self::Evidence(_) => Status::DEVICE_ERROR,
            Self::Medium(error) => error.status(),
            Self::Tier(error) => error.status(),
            Self::Staged(error) => error.status(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(error) => error.fmt(f),
            Self::Nonce(size) => write!(f, "the nonce has {size} bytes; a nonce has 16 to 64"),
            Self::Network(error) => error.fmt(f),
            Self::Medium(error) => error.fmt(f),
            Self::Tier(error) => error.fmt(f),
            Self::Tpm(error) => error.fmt(f),
            Self::Evidence(error) => write!(f, "the TPM's answers make no evidence: {error}"),
            Self::Staged(error) => error.fmt(f),
        }
    }
}

impl From<MediumError> for Failure {
    fn from(error: MediumError) -> Self {
        Self::Medium(error)
    }
}

impl From<TierError> for Failure {
    fn from(error: TierError) -> Self {
        Self::Tier(error)
    }
}

impl From<StagedError> for Failure {
    fn from(error: StagedError) -> Self {
        Self::Staged(error)
    }
}

impl From<MeasureError> for Failure {
    fn from(error: MeasureError) -> Self {
        Self::Measure(error)
    }
}

impl From<TpmError> for Failure {
    fn from(error: TpmError) -> Self {
        Self::Tpm(error)
    }
}
