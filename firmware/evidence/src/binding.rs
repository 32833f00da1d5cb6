//! CBND1: a quote by the machine's own TPM that binds a CATT1 to the machine.

use crate::field::{ATTEST, Digest, OutOfLimits, PUBLIC, PcrValue, SIGNATURE, pcrs, put_pcrs, put_sized, sized};
use alloc::vec::Vec;
use sha2::{Digest as _, Sha256};
use tpm2_driver::{Malformed, Reader};

const MAGIC: &[u8; 5] = b"CBND1";
/// Bytes of an event log.
const EVENT_LOG: usize = 1 << 20;

/// What the qualifying data of a platform's quote begins with.
const DOMAIN: &[u8] = b"citadel-bind-v1";

/// What the platform's TPM quotes over: SHA-256 of the domain, the verifier's nonce, the inner key's name, and SHA-256
/// of the inner `TPMS_ATTEST`.
#[must_use]
pub fn qualifying_data(nonce: &[u8], ak_name: &[u8], attest: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    for part in [DOMAIN, nonce, ak_name, &Sha256::digest(attest)] {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The binding of one boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The platform attestation key's TPMT_PUBLIC.
    pub ak_public: Vec<u8>,
    /// The TPMS_ATTEST, as it was signed.
    pub attest: Vec<u8>,
    /// The TPMT_SIGNATURE.
    pub signature: Vec<u8>,
    /// PCR values, ascending, 1 to 24 of them.
    pub pcrs: Vec<PcrValue>,
    /// The TCG2 event log, 1 MiB at most.
    pub event_log: Vec<u8>,
}

impl Binding {
    /// The binding as CBND1.
    ///
    /// # Errors
    /// Names the field that the format cannot carry.
    pub fn encode(&self) -> Result<Vec<u8>, OutOfLimits> {
        let mut out = MAGIC.to_vec();
        put_sized(&mut out, &self.ak_public, PUBLIC, "the platform's attestation key")?;
        put_sized(&mut out, &self.attest, ATTEST, "the attestation structure")?;
        put_sized(&mut out, &self.signature, SIGNATURE, "the signature")?;
        put_pcrs(&mut out, &self.pcrs)?;
        let size = u32::try_from(self.event_log.len()).ok().filter(|_| self.event_log.len() <= EVENT_LOG);
        out.extend(size.ok_or(OutOfLimits("the event log"))?.to_be_bytes());
        out.extend(&self.event_log);
        Ok(out)
    }

    /// The binding in `bytes`, which must be CBND1 from first to last.
    ///
    /// # Errors
    /// Says where the first thing is that does not hold.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.expect(MAGIC, "the magic CBND1")?;
        let (ak_public, attest) = (sized(&mut reader, PUBLIC)?, sized(&mut reader, ATTEST)?);
        let (signature, pcrs) = (sized(&mut reader, SIGNATURE)?, pcrs(&mut reader)?);
        let size = reader.count(EVENT_LOG)?;
        let event_log = reader.take(size)?.to_vec();
        reader.finish()?;
        Ok(Self { ak_public, attest, signature, pcrs, event_log })
    }
}
