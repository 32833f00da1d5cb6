//! The binding of the evidence to the machine: a quote by the machine's own TPM over the key and the quote in it.

use crate::platform::{EventLogError, Platform};
use alloc::vec::Vec;
use app::{Hex, say};
use core::fmt;
use evidence::{Binding, Framed, Kind, OutOfLimits, PcrValue, qualifying_data};
use tpm2_driver::commands::QualifyingData;
use tpm2_driver::{Attestation, Error, PLATFORM_PCRS, Tpm, quote_platform};
use uefi::Status;

/// The PCR that says which key the application's own TPM attested with.
const KEY_PCR: u32 = 14;

/// Why the evidence is not bound. Displays as one sentence.
#[derive(Debug)]
enum Unbound {
    /// There is no TPM besides the application's own.
    NoPlatform,
    /// The firmware did not extend PCR[14].
    Extend(Status),
    /// The TPM did not quote.
    Tpm(Error<Status>),
    /// There is no event log.
    EventLog(EventLogError),
    /// What the machine gave does not fit the format.
    Format(OutOfLimits),
}

impl fmt::Display for Unbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlatform => f.write_str("the firmware offers no TPM of this machine (EFI_TCG2_PROTOCOL)"),
            Self::Extend(status) => write!(f, "the firmware did not extend PCR[{KEY_PCR}]: {status}"),
            Self::Tpm(error) => error.fmt(f),
            Self::EventLog(error) => error.fmt(f),
            Self::Format(error) => error.fmt(f),
        }
    }
}

/// Binds `made` to this machine, prints the binding and returns it; or says in one line why there is none, which is no
/// failure: it is for the verifier to decide what evidence without it is worth.
pub fn bind(made: &Attestation) -> Option<Vec<u8>> {
    match by_platform(made) {
        Ok(bytes) => {
            say!("{}", Framed(Kind::Bind, &bytes));
            Some(bytes)
        }
        Err(reason) => {
            say!("binding: none, so this evidence does not show which machine it is of: {reason}");
            None
        }
    }
}

fn by_platform(made: &Attestation) -> Result<Vec<u8>, Unbound> {
    let mut platform = Platform::find().ok_or(Unbound::NoPlatform)?;
    platform.extend(KEY_PCR, &made.ak_name).map_err(Unbound::Extend)?;
    let event_log = platform.event_log().map_err(Unbound::EventLog)?;
    let data = qualifying_data(&made.nonce, &made.ak_name, &made.quote.attest);
    let data = QualifyingData::new(&data).ok_or(Unbound::Format(OutOfLimits("the qualifying data")))?;
    let quoted = quote_platform(&mut Tpm::new(platform), data).map_err(Unbound::Tpm)?;
    say!("binding: platform key {}, event log {} bytes", Hex(&quoted.ak_name), event_log.len());
    let pcrs = PLATFORM_PCRS.into_iter().zip(quoted.pcrs).map(|(index, value)| PcrValue { index, value }).collect();
    let binding = Binding {
        ak_public: quoted.ak_public,
        attest: quoted.quote.attest,
        signature: quoted.quote.signature,
        pcrs,
        event_log,
    };
    binding.encode().map_err(Unbound::Format)
}
