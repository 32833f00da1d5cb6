//! What another TPM, that of the machine, says about a quote: its own quote over it.

use crate::commands::{PcrSelection, QualifyingData, Quote};
use crate::tpm::{Error, Tpm, TpmTransport};
use crate::wire::{CommandCode, Malformed, Problem};
use alloc::vec::Vec;

/// Where the machine's attestation key is kept, in the endorsement hierarchy.
pub const PLATFORM_KEY: u32 = 0x8101_0002;
/// What it quotes: the firmware, what it loaded from devices, what it started, its policy, and the inner key.
pub const PLATFORM_PCRS: [u8; 5] = [0, 2, 4, 7, 14];

/// The machine's own quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformQuote {
    /// The platform key's `TPMT_PUBLIC`.
    pub ak_public: Vec<u8>,
    /// The platform key's name.
    pub ak_name: Vec<u8>,
    /// The values of [`PLATFORM_PCRS`], in that order.
    pub pcrs: [[u8; 32]; PLATFORM_PCRS.len()],
    /// The quote.
    pub quote: Quote,
}

/// Has the machine's TPM, which its firmware has started, quote [`PLATFORM_PCRS`] over `data` with [`PLATFORM_KEY`].
///
/// # Errors
/// The first command's that gave no result: `TPM2_ReadPublic`'s when there is no such key.
pub fn quote_platform<T: TpmTransport>(
    tpm: &mut Tpm<T>,
    data: QualifyingData<'_>,
) -> Result<PlatformQuote, Error<T::Error>> {
    let key = tpm.read_public(PLATFORM_KEY)?;
    let selection = PcrSelection::sha256_of(&PLATFORM_PCRS);
    let pcrs = values(tpm, selection)?;
    let quote = tpm.quote(PLATFORM_KEY, data, selection)?;
    Ok(PlatformQuote { ak_public: key.public.bytes, ak_name: key.name, pcrs, quote })
}

fn values<T: TpmTransport>(
    tpm: &mut Tpm<T>,
    selection: PcrSelection,
) -> Result<[[u8; 32]; PLATFORM_PCRS.len()], Error<T::Error>> {
    let read = tpm.pcr_read(selection)?;
    let values: Option<Vec<[u8; 32]>> = read.values.iter().map(|value| value.as_slice().try_into().ok()).collect();
    let values = values.filter(|_| read.selections == [selection]).and_then(|values| values.try_into().ok());
    let problem = Problem::Expected("five SHA-256 values of PCRs");
    values.ok_or(Error::Malformed(CommandCode::PCR_READ, Malformed { offset: 10, problem }))
}
