//! Names that cross the border as text: GUIDs and UCS-2 strings.

use crate::bindings::tegmentum::uefi::types::Status;
use core::str::FromStr;
use uefi::{CString16, Guid};

/// A GUID of the form `8be4df61-93ca-11d2-aa0d-00e098032b8c`.
///
/// # Errors
/// `InvalidParameter` for anything else.
pub fn guid(text: &str) -> Result<Guid, Status> {
    Guid::from_str(text).map_err(|_| Status::InvalidParameter)
}

/// A string of 1 to `longest` characters of UCS-2, without a zero inside.
///
/// # Errors
/// `InvalidParameter` for anything else.
pub fn ucs2(text: &str, longest: usize) -> Result<CString16, Status> {
    // In bytes first: what is far too long is not converted. A character of UCS-2 has at most three.
    if text.is_empty() || text.len() > 3 * longest || text.chars().count() > longest {
        return Err(Status::InvalidParameter);
    }
    CString16::try_from(text).map_err(|_| Status::InvalidParameter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_guid_reads_as_it_is_written() {
        let text = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
        assert_eq!(guid(text).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_no_guid_is_refused() {
        for text in ["", "8be4df61", "{8be4df61-93ca-11d2-aa0d-00e098032b8c}", "8be4df61-93ca-11d2-aa0d-00e098032b8g"] {
            assert_eq!(guid(text), Err(Status::InvalidParameter), "{text}");
        }
        assert_eq!(guid(&"a".repeat(10_000)), Err(Status::InvalidParameter));
    }

    #[test]
    fn a_string_has_a_length_and_no_zero_and_stays_within_ucs2() {
        assert_eq!(ucs2("Böot", 4).unwrap().to_string(), "Böot");
        for text in ["", "five!", "a\0b", "\u{1f980}"] {
            assert_eq!(ucs2(text, 4), Err(Status::InvalidParameter), "{text}");
        }
    }
}
