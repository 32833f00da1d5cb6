//! CATT1: what an application attests about itself.

use crate::field::{ATTEST, Digest, OutOfLimits, PUBLIC, PcrValue, SIGNATURE, count, pcrs, put_pcrs, put_sized, sized};
use alloc::vec::Vec;
use tpm2_driver::{Malformed, Problem, Reader};

const MAGIC: &[u8; 5] = b"CATT1";
/// Bytes of the shortest and of the longest nonce.
const NONCE: core::ops::RangeInclusive<usize> = 16..=64;
/// Measurements: the image and at most fifteen modules.
const MEASUREMENTS: usize = 16;

/// The evidence of one boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The verifier's nonce, of 16 to 64 bytes.
    pub nonce: Vec<u8>,
    /// The image digest.
    pub image: Digest,
    /// What was measured after the image, in order: the staged modules, fifteen at most.
    pub modules: Vec<Digest>,
    /// PCR values, ascending, 1 to 24 of them.
    pub pcrs: Vec<PcrValue>,
    /// The attestation key's TPMT_PUBLIC.
    pub ak_public: Vec<u8>,
    /// The TPMS_ATTEST, as it was signed.
    pub attest: Vec<u8>,
    /// The TPMT_SIGNATURE.
    pub signature: Vec<u8>,
}

impl Evidence {
    /// Whether a nonce is of a length that evidence can carry.
    #[must_use]
    pub fn nonce_fits(nonce: &[u8]) -> bool {
        NONCE.contains(&nonce.len())
    }

    /// What goes into PCR[10], in order: the image digest, then each module's.
    #[must_use]
    pub fn measurements(&self) -> Vec<Digest> {
        core::iter::once(self.image).chain(self.modules.iter().copied()).collect()
    }

    /// The evidence as CATT1.
    ///
    /// # Errors
    /// Names the field that the format cannot carry.
    pub fn encode(&self) -> Result<Vec<u8>, OutOfLimits> {
        if !Self::nonce_fits(&self.nonce) {
            return Err(OutOfLimits("the nonce"));
        }
        let measurements = self.measurements();
        let limits = OutOfLimits("the list of measurements");
        let count = u8::try_from(measurements.len()).ok().filter(|_| measurements.len() <= MEASUREMENTS);
        let mut out = MAGIC.to_vec();
        put_sized(&mut out, &self.nonce, *NONCE.end(), "the nonce")?;
        out.extend(self.image);
        out.push(count.ok_or(limits)?);
        out.extend(measurements.as_flattened());
        put_pcrs(&mut out, &self.pcrs)?;
        put_sized(&mut out, &self.ak_public, PUBLIC, "the attestation key")?;
        put_sized(&mut out, &self.attest, ATTEST, "the attestation structure")?;
        put_sized(&mut out, &self.signature, SIGNATURE, "the signature")?;
        Ok(out)
    }

    /// The evidence in `bytes`, which must be CATT1 from first to last.
    ///
    /// # Errors
    /// Says where the first thing is that does not hold.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.expect(MAGIC, "the magic CATT1")?;
        let nonce = nonce(&mut reader)?;
        let image = reader.array()?;
        let modules = modules(&mut reader, &image)?;
        let evidence = Self {
            nonce,
            image,
            modules,
            pcrs: pcrs(&mut reader)?,
            ak_public: sized(&mut reader, PUBLIC)?,
            attest: sized(&mut reader, ATTEST)?,
            signature: sized(&mut reader, SIGNATURE)?,
        };
        reader.finish()?;
        Ok(evidence)
    }
}

fn nonce(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let short = reader.malformed(Problem::Expected("a nonce of at least 16 bytes"));
    let nonce = sized(reader, *NONCE.end())?;
    if Evidence::nonce_fits(&nonce) { Ok(nonce) } else { Err(short) }
}

/// The measurements after the first, which must be the image digest.
fn modules(reader: &mut Reader<'_>, image: &Digest) -> Result<Vec<Digest>, Malformed> {
    let count = count(reader, MEASUREMENTS)?;
    reader.expect(image, "the image digest as the first measurement")?;
    (1..count).map(|_| reader.array()).collect()
}
