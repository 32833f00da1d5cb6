//! `tegmentum:tpm/config`.

use crate::exports::tegmentum::tpm::config::{BufferSizeInfo, Guest, InfoFlags, TpmError, TpmProperty};
use crate::{Component, FAIL};
use alloc::string::String;
use alloc::vec::Vec;

/// Bytes of the largest command and response. The engine takes no other size, so asking for one changes nothing.
const BUFFER: u32 = 4096;

impl Guest for Component {
    /// Of the numbers that libtpms tells, most are TPM 1.2's.
    fn get_property(property: TpmProperty) -> Result<i32, TpmError> {
        match property {
            TpmProperty::BufferMax => Ok(BUFFER.cast_signed()),
            _ => Err(FAIL),
        }
    }

    fn set_buffer_size(_: u32) -> Result<BufferSizeInfo, TpmError> {
        Ok(BufferSizeInfo { size: BUFFER, min_size: BUFFER, max_size: BUFFER })
    }

    /// There are no profiles to choose from: the empty one is what there is.
    fn set_profile(profile: String) -> Result<(), TpmError> {
        if profile.is_empty() || profile == "{}" { Ok(()) } else { Err(FAIL) }
    }

    fn get_info(flags: InfoFlags) -> String {
        let mut parts = Vec::new();
        if flags.contains(InfoFlags::TPM_SPECIFICATION) {
            parts.push(r#""TPMSpecification":{"family":"2.0","level":0,"revision":159}"#);
        }
        if flags.contains(InfoFlags::TPM_FEATURES) {
            parts.push(r#""TPMFeatures":{"RSAKeySizes":[],"ECCCurves":["NIST_P256"]}"#);
        }
        let mut info = String::from("{");
        info.push_str(&parts.join(","));
        info.push('}');
        info
    }

    /// The engine says nothing, at any level.
    fn set_debug_level(_: u32) {}

    fn set_debug_prefix(_: String) -> Result<(), TpmError> {
        Ok(())
    }
}
