//! The structures of Part 2 that the commands exchange: one file per family, each with its strict reader.

pub(crate) mod attest;
pub(crate) mod attributes;
pub(crate) mod handle;
pub(crate) mod pcr_selection;
pub(crate) mod public;
pub(crate) mod scheme;
pub(crate) mod sensitive;
pub(crate) mod signature;
pub(crate) mod symmetric;
pub(crate) mod ticket;

use crate::crypto::hash::MAX_DIGEST;
use crate::rc::Rc;
use crate::wire::{Buffer, Reader, Wire, Writer};

/// TPM2B_DIGEST.
pub(crate) type Tpm2bDigest = Buffer<MAX_DIGEST>;
/// TPM2B_AUTH.
pub(crate) type Auth = Tpm2bDigest;
/// TPM2B_DATA: as large as a TPMT_HA.
pub(crate) type Data = Buffer<{ MAX_DIGEST + 2 }>;
/// TPM2B_NAME: a handle, or an algorithm and its digest.
pub(crate) type Name = Buffer<{ MAX_DIGEST + 2 }>;
/// TPM2B_MAX_BUFFER and TPM2B_EVENT.
pub(crate) type MaxBuffer = Buffer<MAX_BUFFER>;
/// TPM_PT_INPUT_BUFFER.
pub(crate) const MAX_BUFFER: usize = 1024;

/// TPMI_YES_NO.
pub(crate) struct YesNo(pub(crate) bool);

impl Wire for YesNo {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u8()? {
            0 => Ok(Self(false)),
            1 => Ok(Self(true)),
            _ => Err(Rc::VALUE),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.u8(self.0.into());
    }
}
