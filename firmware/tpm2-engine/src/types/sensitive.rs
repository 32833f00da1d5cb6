//! TPMT_SENSITIVE and TPMS_SENSITIVE_CREATE (Part 2, sections 12.3.2 and 11.1.15).

use super::public::{ALG_ECC, read_type};
use super::{Auth, Tpm2bDigest};
use crate::crypto::ecc;
use crate::rc::Rc;
use crate::wire::{Buffer, Reader, Wire, Writer};

/// The most bytes in a TPM2B_SENSITIVE_DATA.
pub(crate) const MAX_DATA: usize = 128;

/// TPM2B_SENSITIVE_DATA, which also has room for a private key.
pub(crate) type SensitiveData = Buffer<MAX_DATA>;

/// The secret part of an object.
#[derive(Clone)]
pub(crate) struct Sensitive {
    /// The algorithm identifier of the object's type.
    pub(crate) alg: u16,
    pub(crate) auth: Auth,
    pub(crate) seed: Tpm2bDigest,
    /// A private key, an HMAC key or sealed data.
    pub(crate) secret: SensitiveData,
}

impl Wire for Sensitive {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let alg = read_type(reader)?;
        let (auth, seed) = (Wire::read(reader)?, Wire::read(reader)?);
        let secret = SensitiveData::new(reader.sized(if alg == ALG_ECC { ecc::SIZE } else { MAX_DATA })?);
        Ok(Self { alg, auth, seed, secret })
    }

    fn write(&self, writer: &mut Writer) {
        writer.u16(self.alg);
        writer.put(&self.auth);
        writer.put(&self.seed);
        writer.put(&self.secret);
    }
}

/// What the caller contributes to the secret part of an object to be made.
pub(crate) struct SensitiveCreate {
    pub(crate) auth: Auth,
    pub(crate) data: SensitiveData,
}

impl Wire for SensitiveCreate {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self { auth: Wire::read(reader)?, data: Wire::read(reader)? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.auth);
        writer.put(&self.data);
    }
}
