//! The attestation flow: from a TPM that was just powered on to a signed quote.

use crate::commands::{PcrSelection, QualifyingData, Quote, StartupType};
use crate::tpm::{Error, Tpm, TpmTransport};
use crate::wire::{CommandCode, Malformed, Problem};
use alloc::vec::Vec;

/// The PCR that measurements go into.
const PCR: u8 = 10;
/// Bytes of a nonce that the TPM makes.
const OWN_NONCE: u16 = 16;

/// What makes the quote fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualification<'a> {
    /// A verifier's nonce.
    Nonce(QualifyingData<'a>),
    /// Sixteen bytes of the TPM's own randomness: the quote is then well formed, and bound to nobody's question.
    Unbound,
}

/// Measures how long operations take.
pub trait Watch {
    /// Does `operation`, which is called `name`.
    fn measure<R>(&mut self, name: &'static str, operation: impl FnOnce() -> R) -> R;
}

/// Measures nothing.
impl Watch for () {
    fn measure<R>(&mut self, _: &'static str, operation: impl FnOnce() -> R) -> R {
        operation()
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The qualifying data: the verifier's nonce, or the TPM's own.
    pub nonce: Vec<u8>,
    /// PCR[10] before the measurements. Unless it is zero, somebody measured before us.
    pub pcr_before: [u8; 32],
    /// PCR[10] after the measurements.
    pub pcr_after: [u8; 32],
    /// The attestation key's `TPMT_PUBLIC`.
    pub ak_public: Vec<u8>,
    /// The attestation key's name.
    pub ak_name: Vec<u8>,
    /// The quote.
    pub quote: Quote,
}

/// Starts the TPM, extends PCR[10] with each measurement in order, makes an attestation key, quotes, and shuts down.
///
/// # Errors
/// The first command's that gave no result.
pub fn attest<T: TpmTransport>(
    tpm: &mut Tpm<T>,
    measurements: &[[u8; 32]],
    qualification: Qualification<'_>,
    watch: &mut impl Watch,
) -> Result<Attestation, Error<T::Error>> {
    watch.measure("tpm-startup", || tpm.startup(StartupType::Clear))?;
    let own = match qualification {
        Qualification::Nonce(_) => Vec::new(),
        Qualification::Unbound => watch.measure("tpm-get-random", || own_nonce(tpm))?,
    };
    let data = match qualification {
        Qualification::Nonce(data) => data,
        Qualification::Unbound => QualifyingData::new(&own).ok_or(odd_nonce())?,
    };
    let pcr_before = watch.measure("tpm-pcr-read-before", || pcr(tpm))?;
    watch.measure("tpm-pcr-extend", || measurements.iter().try_for_each(|digest| tpm.pcr_extend(PCR, digest)))?;
    let pcr_after = watch.measure("tpm-pcr-read-after", || pcr(tpm))?;
    let key = watch.measure("tpm-create-primary", || tpm.create_primary())?;
    let quoted = watch.measure("tpm-quote", || tpm.quote(key.handle, data, PcrSelection::sha256(PCR)));
    // The key goes whether or not it has signed.
    let flushed = watch.measure("tpm-flush-context", || tpm.flush_context(key.handle));
    let quote = quoted?;
    flushed?;
    watch.measure("tpm-shutdown", || tpm.shutdown(StartupType::State))?;
    let nonce = data.bytes().to_vec();
    Ok(Attestation { nonce, pcr_before, pcr_after, ak_public: key.public.bytes, ak_name: key.name, quote })
}

fn own_nonce<T: TpmTransport>(tpm: &mut Tpm<T>) -> Result<Vec<u8>, Error<T::Error>> {
    let nonce = tpm.get_random(OWN_NONCE)?;
    if nonce.len() == usize::from(OWN_NONCE) { Ok(nonce) } else { Err(odd_nonce()) }
}

fn odd_nonce<E>() -> Error<E> {
    let problem = Problem::Expected("as many random bytes as were asked for");
    Error::Malformed(CommandCode::GET_RANDOM, Malformed { offset: 10, problem })
}

/// The value of PCR[10] in the SHA-256 bank.
fn pcr<T: TpmTransport>(tpm: &mut Tpm<T>) -> Result<[u8; 32], Error<T::Error>> {
    let selection = PcrSelection::sha256(PCR);
    let read = tpm.pcr_read(selection)?;
    let value = match read.values.as_slice() {
        [value] if read.selections == [selection] => value.as_slice().try_into().ok(),
        _ => None,
    };
    let problem = Problem::Expected("one SHA-256 value of PCR 10");
    value.ok_or(Error::Malformed(CommandCode::PCR_READ, Malformed { offset: 10, problem }))
}
