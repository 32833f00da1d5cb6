//! EFI_STATUS as guests see it.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::types::{Host, Status};
use uefi::Status as Efi;

impl Host for UefiHost {}

/// The guest's name for a UEFI error; `Other` where there is none.
impl<D: core::fmt::Debug> From<uefi::Error<D>> for Status {
    fn from(error: uefi::Error<D>) -> Self {
        named(error.status())
    }
}

fn named(status: Efi) -> Status {
    match status {
        Efi::LOAD_ERROR => Status::LoadError,
        Efi::INVALID_PARAMETER => Status::InvalidParameter,
        Efi::UNSUPPORTED => Status::Unsupported,
        Efi::BAD_BUFFER_SIZE => Status::BadBufferSize,
        Efi::BUFFER_TOO_SMALL => Status::BufferTooSmall,
        Efi::NOT_READY => Status::NotReady,
        Efi::DEVICE_ERROR => Status::DeviceError,
        Efi::WRITE_PROTECTED => Status::WriteProtected,
        Efi::OUT_OF_RESOURCES => Status::OutOfResources,
        Efi::VOLUME_CORRUPTED => Status::VolumeCorrupted,
        Efi::VOLUME_FULL => Status::VolumeFull,
        Efi::NO_MEDIA => Status::NoMedia,
        Efi::MEDIA_CHANGED => Status::MediaChanged,
        Efi::NOT_FOUND => Status::NotFound,
        Efi::ACCESS_DENIED => Status::AccessDenied,
        Efi::NO_RESPONSE => Status::NoResponse,
        Efi::NO_MAPPING => Status::NoMapping,
        Efi::TIMEOUT => Status::Timeout,
        Efi::NOT_STARTED => Status::NotStarted,
        Efi::ALREADY_STARTED => Status::AlreadyStarted,
        Efi::ABORTED => Status::Aborted,
        Efi::ICMP_ERROR => Status::IcmpError,
        Efi::TFTP_ERROR => Status::TftpError,
        Efi::PROTOCOL_ERROR => Status::ProtocolError,
        Efi::INCOMPATIBLE_VERSION => Status::IncompatibleVersion,
        Efi::SECURITY_VIOLATION => Status::SecurityViolation,
        Efi::CRC_ERROR => Status::CrcError,
        Efi::END_OF_MEDIA => Status::EndOfMedia,
        Efi::END_OF_FILE => Status::EndOfFile,
        Efi::INVALID_LANGUAGE => Status::InvalidLanguage,
        Efi::COMPROMISED_DATA => Status::CompromisedData,
        Efi::IP_ADDRESS_CONFLICT => Status::IpAddressConflict,
        Efi::HTTP_ERROR => Status::HttpError,
        _ => Status::Other,
    }
}
