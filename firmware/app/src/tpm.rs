//! The application's own TPM: a component inside the image.

use crate::{Failure, Hex, Timings, say};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::fmt::{self, Display};
use runtime::{Artifact, ComponentTransport, Given, Guest, Limits, Refusal, Runtime, Services, TpmFailure};
use tpm2_driver::{Attestation, Qualification, Tpm, TpmTransport, attest};
use uefi::Status;
use uefi_host::Machine;

/// Why there is no attestation. Displays as one sentence.
#[derive(Debug)]
pub enum TpmError {
    /// The component inside the image was refused: the image was built wrong.
    Refused(Refusal),
    /// What is inside the image is no component.
    NoComponent,
    /// The component does not come up as a TPM.
    Start(TpmFailure),
    /// The TPM did not do what it was asked. Holds a sentence.
    Flow(String),
}

impl Failure for TpmError {
    fn status(&self) -> Status {
        match self {
            Self::Refused(_) | Self::NoComponent => Status::LOAD_ERROR,
            Self::Start(_) | Self::Flow(_) => Status::DEVICE_ERROR,
        }
    }
}

impl Display for TpmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "the embedded TPM was refused: {refusal}"),
            Self::NoComponent => f.write_str("the embedded TPM is a module and must be a component"),
            Self::Start(failure) => failure.fmt(f),
            Self::Flow(sentence) => f.write_str(sentence),
        }
    }
}

impl core::error::Error for TpmError {}

/// Powers on the TPM that is inside the image.
///
/// # Errors
/// When the component is refused, or is no TPM.
pub fn start(runtime: &Runtime, guest: &Guest, timings: &mut Timings) -> Result<ComponentTransport, TpmError> {
    // SAFETY: the build compiled these bytes with aot-compile.
    let loaded = timings.measure("tpm-load", || unsafe { runtime.load_embedded(guest) });
    let Artifact::Component(component) = loaded.map_err(TpmError::Refused)? else {
        return Err(TpmError::NoComponent);
    };
    let mut machine = Machine::new(timings.clock());
    // Its keys are worth what these numbers are worth.
    say!("tpm: random numbers from {}", machine.random_source());
    let services = Services::new(Box::new(machine));
    let given = Given::default();
    timings
        .measure("tpm-init", || {
            ComponentTransport::start(runtime.engine(), &component, services, Limits::default(), &given)
        })
        .map_err(TpmError::Start)
}

/// Attests with the TPM behind `transport`, whatever that is, and prints what it said.
///
/// # Errors
/// The first command's that gave no result.
pub fn run_flow<T: TpmTransport<Error: Display>>(
    transport: T,
    measurements: &[[u8; 32]],
    qualification: Qualification<'_>,
    timings: &mut Timings,
) -> Result<Attestation, TpmError> {
    let mut tpm = Tpm::new(transport);
    let made = timings
        .measure_steps("attest", |timings| attest(&mut tpm, measurements, qualification, timings))
        .map_err(|error| TpmError::Flow(error.to_string()))?;
    say!("tpm: Startup rc=0");
    say!("tpm: PCR[10] was {}", Hex(&made.pcr_before));
    say!("tpm: PCR[10] is {}", Hex(&made.pcr_after));
    say!("tpm: attestation key {}", Hex(&made.ak_name));
    let (attest, signature) = (made.quote.attest.len(), made.quote.signature.len());
    say!("tpm: Quote of sha256:10, {attest} bytes, signature {signature} bytes");
    Ok(made)
}
