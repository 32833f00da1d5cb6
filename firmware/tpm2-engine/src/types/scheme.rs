//! Signing schemes (Part 2, sections 11.1.20, 11.2.1 and 11.2.2). Three structures choose from the same schemes, each
//! from its own subset and with its own error for what is outside.

use crate::crypto::hash::{ALG_NULL, HashAlg};
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

pub(crate) const ALG_HMAC: u16 = 0x0005;
pub(crate) const ALG_ECDSA: u16 = 0x0018;

/// How a key signs; `Null` leaves it to whoever uses the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Null,
    Ecdsa(HashAlg),
    Hmac(HashAlg),
}

impl Scheme {
    /// The hash algorithm of the scheme, if it has one.
    pub(crate) fn hash(self) -> Option<HashAlg> {
        match self {
            Self::Null => None,
            Self::Ecdsa(hash) | Self::Hmac(hash) => Some(hash),
        }
    }

    /// TPMT_SIG_SCHEME+.
    pub(crate) fn read_signature(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Self::read(reader, &[ALG_NULL, ALG_ECDSA, ALG_HMAC], Rc::SCHEME)
    }

    /// TPMT_ECC_SCHEME+.
    pub(crate) fn read_ecc(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Self::read(reader, &[ALG_NULL, ALG_ECDSA], Rc::SCHEME)
    }

    /// TPMT_KEYEDHASH_SCHEME+.
    pub(crate) fn read_keyed_hash(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Self::read(reader, &[ALG_NULL, ALG_HMAC], Rc::VALUE)
    }

    fn read(reader: &mut Reader<'_>, allowed: &[u16], otherwise: Rc) -> Result<Self, Rc> {
        let id = reader.u16()?;
        if !allowed.contains(&id) {
            return Err(otherwise);
        }
        Ok(match id {
            ALG_ECDSA => Self::Ecdsa(HashAlg::read(reader)?),
            ALG_HMAC => Self::Hmac(HashAlg::read(reader)?),
            _ => Self::Null,
        })
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        match self {
            Self::Null => writer.u16(ALG_NULL),
            Self::Ecdsa(hash) => {
                writer.u16(ALG_ECDSA);
                writer.put(&hash);
            }
            Self::Hmac(hash) => {
                writer.u16(ALG_HMAC);
                writer.put(&hash);
            }
        }
    }
}
