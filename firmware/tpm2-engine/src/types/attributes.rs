//! TPMA_OBJECT (Part 2, section 8.3).

use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

/// The attributes of an object. No reserved bit is ever set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attributes(u32);

impl Attributes {
    pub(crate) const FIXED_TPM: u32 = 1 << 1;
    pub(crate) const ST_CLEAR: u32 = 1 << 2;
    pub(crate) const FIXED_PARENT: u32 = 1 << 4;
    pub(crate) const SENSITIVE_DATA_ORIGIN: u32 = 1 << 5;
    pub(crate) const USER_WITH_AUTH: u32 = 1 << 6;
    pub(crate) const ADMIN_WITH_POLICY: u32 = 1 << 7;
    pub(crate) const NO_DA: u32 = 1 << 10;
    pub(crate) const ENCRYPTED_DUPLICATION: u32 = 1 << 11;
    pub(crate) const RESTRICTED: u32 = 1 << 16;
    pub(crate) const DECRYPT: u32 = 1 << 17;
    pub(crate) const SIGN: u32 = 1 << 18;
    pub(crate) const X509_SIGN: u32 = 1 << 19;

    const DEFINED: u32 = Self::FIXED_TPM
        | Self::ST_CLEAR
        | Self::FIXED_PARENT
        | Self::SENSITIVE_DATA_ORIGIN
        | Self::USER_WITH_AUTH
        | Self::ADMIN_WITH_POLICY
        | Self::NO_DA
        | Self::ENCRYPTED_DUPLICATION
        | Self::RESTRICTED
        | Self::DECRYPT
        | Self::SIGN
        | Self::X509_SIGN;

    /// Whether all these bits are set.
    pub(crate) fn has(self, bits: u32) -> bool {
        self.0 & bits == bits
    }
}

impl Wire for Attributes {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u32()? {
            bits if bits & !Self::DEFINED == 0 => Ok(Self(bits)),
            _ => Err(Rc::RESERVED_BITS),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}
