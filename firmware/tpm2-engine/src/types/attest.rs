//! TPMS_ATTEST (Part 2, section 10.12).

use super::pcr_selection::PcrSelection;
use super::{Data, Name};
use crate::crypto::hash::Digest;
use crate::wire::Writer;
use alloc::vec::Vec;

/// TPM_GENERATED_VALUE: how everything begins that the TPM signs of its own accord.
pub(crate) const GENERATED: [u8; 4] = [0xFF, b'T', b'C', b'G'];

/// TPMS_CLOCK_INFO.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClockInfo {
    pub(crate) clock: u64,
    pub(crate) reset_count: u32,
    pub(crate) restart_count: u32,
    pub(crate) safe: bool,
}

impl ClockInfo {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u64(self.clock);
        writer.u32(self.reset_count);
        writer.u32(self.restart_count);
        writer.u8(self.safe.into());
    }
}

/// What an attestation says.
pub(crate) enum Attested<'a> {
    Certify { name: &'a Name, qualified_name: &'a Name },
    Quote { selections: &'a [PcrSelection], digest: Digest },
    Time { time: u64, clock: ClockInfo, firmware_version: u64 },
}

impl Attested<'_> {
    /// TPMI_ST_ATTEST.
    fn tag(&self) -> u16 {
        match self {
            Self::Certify { .. } => 0x8017,
            Self::Quote { .. } => 0x8018,
            Self::Time { .. } => 0x8019,
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Certify { name, qualified_name } => {
                writer.put(*name);
                writer.put(*qualified_name);
            }
            Self::Quote { selections, digest } => {
                writer.list(selections);
                writer.sized(digest);
            }
            Self::Time { time, clock, firmware_version } => {
                writer.u64(*time);
                clock.write(writer);
                writer.u64(*firmware_version);
            }
        }
    }
}

/// An attestation before it is signed.
pub(crate) struct Attest<'a> {
    pub(crate) qualified_signer: &'a Name,
    pub(crate) extra_data: &'a Data,
    pub(crate) clock: ClockInfo,
    pub(crate) firmware_version: u64,
    pub(crate) attested: Attested<'a>,
}

impl Attest<'_> {
    /// The bytes that are signed.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.bytes(&GENERATED);
        writer.u16(self.attested.tag());
        writer.put(self.qualified_signer);
        writer.put(self.extra_data);
        self.clock.write(&mut writer);
        writer.u64(self.firmware_version);
        self.attested.write(&mut writer);
        writer.finish()
    }
}
