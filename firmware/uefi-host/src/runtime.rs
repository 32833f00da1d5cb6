//! `tegmentum:uefi/runtime`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::runtime::{CapsuleFlags, CapsuleSupport, Host, ResetKind, Status};
use crate::names::guid;
use alloc::string::String;
use uefi::Status as Efi;
use uefi::runtime::{self, CapsuleFlags as FirmwareFlags, CapsuleHeader, ResetType};

/// The size of a capsule that consists of its header.
#[allow(clippy::cast_possible_truncation, reason = "the header has 28 bytes")]
const HEADER_SIZE: u32 = size_of::<CapsuleHeader>() as u32;

/// Flags by both names.
const FLAGS: [(CapsuleFlags, FirmwareFlags); 3] = [
    (CapsuleFlags::PERSIST_ACROSS_RESET, FirmwareFlags::PERSIST_ACROSS_RESET),
    (CapsuleFlags::POPULATE_SYSTEM_TABLE, FirmwareFlags::POPULATE_SYSTEM_TABLE),
    (CapsuleFlags::INITIATE_RESET, FirmwareFlags::INITIATE_RESET),
];

impl Host for UefiHost {
    fn reset(&mut self, kind: ResetKind) -> Result<(), Status> {
        if !self.grants.reset {
            return Err(Status::AccessDenied);
        }
        let kind = match kind {
            ResetKind::Cold => ResetType::COLD,
            ResetKind::Warm => ResetType::WARM,
            ResetKind::Shutdown => ResetType::SHUTDOWN,
        };
        runtime::reset(kind, Efi::SUCCESS, None)
    }

    fn query_capsule(&mut self, capsule: String, wanted: CapsuleFlags) -> Result<CapsuleSupport, Status> {
        let mut flags = FirmwareFlags::empty();
        for (theirs, ours) in FLAGS {
            if wanted.contains(theirs) {
                flags |= ours;
            }
        }
        let header = CapsuleHeader {
            capsule_guid: guid(&capsule)?,
            header_size: HEADER_SIZE,
            flags,
            capsule_image_size: HEADER_SIZE,
        };
        let info = runtime::query_capsule_capabilities(&[&header])?;
        let reset = match info.reset_type {
            ResetType::COLD => Some(ResetKind::Cold),
            ResetType::WARM => Some(ResetKind::Warm),
            ResetType::SHUTDOWN => Some(ResetKind::Shutdown),
            _ => None,
        };
        Ok(CapsuleSupport { maximum_size: info.maximum_capsule_size, reset })
    }
}
