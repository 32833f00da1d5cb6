//! TPMT_SYM_DEF_OBJECT+ (Part 2, section 11.1.7): what a storage key would protect its children with.

use crate::crypto::hash::ALG_NULL;
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

pub(crate) const ALG_AES: u16 = 0x0006;
pub(crate) const ALG_CFB: u16 = 0x0043;

/// AES in CFB mode with a key of this many bits, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symmetric {
    Null,
    AesCfb(u16),
}

impl Wire for Symmetric {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u16()? {
            ALG_NULL => return Ok(Self::Null),
            ALG_AES => {}
            _ => return Err(Rc::SYMMETRIC),
        }
        let bits = reader.u16()?;
        if ![128, 256].contains(&bits) {
            return Err(Rc::VALUE);
        }
        if reader.u16()? != ALG_CFB {
            return Err(Rc::MODE);
        }
        Ok(Self::AesCfb(bits))
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Null => writer.u16(ALG_NULL),
            Self::AesCfb(bits) => {
                writer.u16(ALG_AES);
                writer.u16(*bits);
                writer.u16(ALG_CFB);
            }
        }
    }
}
