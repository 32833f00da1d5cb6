//! TPMT_SIGNATURE (Part 2, section 11.3.4).

use super::public::EccParameter;
use super::scheme::{ALG_ECDSA, ALG_HMAC};
use crate::crypto::hash::{ALG_NULL, Digest, HashAlg};
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

/// A signature, or that there is none.
pub(crate) enum Signature {
    Null,
    Ecdsa { hash: HashAlg, r: EccParameter, s: EccParameter },
    Hmac { hash: HashAlg, digest: Digest },
}

/// Reading takes no TPM_ALG_NULL: no command accepts one.
impl Wire for Signature {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u16()? {
            ALG_ECDSA => Ok(Self::Ecdsa { hash: Wire::read(reader)?, r: Wire::read(reader)?, s: Wire::read(reader)? }),
            ALG_HMAC => {
                let hash = HashAlg::read(reader)?;
                Ok(Self::Hmac { hash, digest: Digest::read(reader, hash)? })
            }
            _ => Err(Rc::SCHEME),
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Null => writer.u16(ALG_NULL),
            Self::Ecdsa { hash, r, s } => {
                writer.u16(ALG_ECDSA);
                writer.put(hash);
                writer.put(r);
                writer.put(s);
            }
            Self::Hmac { hash, digest } => {
                writer.u16(ALG_HMAC);
                writer.put(hash);
                writer.bytes(digest);
            }
        }
    }
}
