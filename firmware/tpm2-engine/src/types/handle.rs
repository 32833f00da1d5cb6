//! Handles (Part 2, section 7): a number whose first byte says what it refers to.

use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

/// TPM_RS_PW: the handle of a password authorisation.
pub(crate) const RS_PW: u32 = 0x4000_0009;
/// TPM_RH_NULL.
pub(crate) const RH_NULL: u32 = 0x4000_0007;
/// The first handle of a transient object.
pub(crate) const TRANSIENT_FIRST: u32 = 0x8000_0000;
/// Where the platform's part of the persistent handles begins; what is below belongs to the owner.
pub(crate) const PLATFORM_PERSISTENT: u32 = 0x8180_0000;

/// TPM_HT: the first byte of a handle.
pub(crate) mod kind {
    pub(crate) const PCR: u32 = 0x00;
    pub(crate) const NV_INDEX: u32 = 0x01;
    pub(crate) const HMAC_SESSION: u32 = 0x02;
    pub(crate) const POLICY_SESSION: u32 = 0x03;
    pub(crate) const PERMANENT: u32 = 0x40;
    pub(crate) const TRANSIENT: u32 = 0x80;
    pub(crate) const PERSISTENT: u32 = 0x81;
}

/// The TPM_HT of a handle.
pub(crate) fn kind_of(handle: u32) -> u32 {
    handle >> 24
}

/// TPMI_RH_HIERARCHY+: the root that an object grows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Hierarchy {
    Owner = 0x4000_0001,
    Null = RH_NULL,
    Endorsement = 0x4000_000B,
    Platform = 0x4000_000C,
}

impl Hierarchy {
    pub(crate) const ALL: [Self; 4] = [Self::Owner, Self::Null, Self::Endorsement, Self::Platform];

    pub(crate) fn handle(self) -> u32 {
        self as u32
    }

    pub(crate) fn from_handle(handle: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|hierarchy| hierarchy.handle() == handle)
    }
}

impl Wire for Hierarchy {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Self::from_handle(reader.u32()?).ok_or(Rc::VALUE)
    }

    fn write(&self, writer: &mut Writer) {
        writer.u32(self.handle());
    }
}
