//! Whether bytes are a TPM response at all. What is inside is for the reader of that response to judge.

use core::fmt;

/// The largest response of a TPM 2.0 (TPM2_PT_MAX_RESPONSE_SIZE of the PC Client profile), in bytes.
pub const LARGEST_RESPONSE: usize = 4096;

/// Tag, size and response code: the least that a response consists of (TPM 2.0 Part 1, 18.7).
const HEADER: usize = 10;
/// TPM_ST_RSP_COMMAND: how a TPM refuses a command whose tag it does not know (Part 2, 6.9).
const TAG_BAD: u16 = 0x00C4;
/// TPM_ST_NO_SESSIONS.
const TAG_NO_SESSIONS: u16 = 0x8001;
/// TPM_ST_SESSIONS.
const TAG_SESSIONS: u16 = 0x8002;

/// Why bytes are no TPM response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Fewer bytes than a header has. Holds how many.
    Short(usize),
    /// More bytes than any response has. Holds how many.
    Long(usize),
    /// The tag is none of a response. Holds it.
    Tag(u16),
    /// The size in the header is not that of the bytes. Holds the header's and the bytes'.
    Size(u32, usize),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(length) => write!(f, "{length} bytes, where a header has {HEADER}"),
            Self::Long(length) => write!(f, "{length} bytes, where at most {LARGEST_RESPONSE} are allowed"),
            Self::Tag(tag) => write!(f, "its tag is {tag:#06x}"),
            Self::Size(header, length) => write!(f, "its header says {header} bytes and there are {length}"),
        }
    }
}

/// Checks length, tag and size.
pub fn check(response: &[u8]) -> Result<(), Malformed> {
    let length = response.len();
    if length > LARGEST_RESPONSE {
        return Err(Malformed::Long(length));
    }
    let [tag0, tag1, size0, size1, size2, size3, _, _, _, _, ..] = *response else {
        return Err(Malformed::Short(length));
    };
    let tag = u16::from_be_bytes([tag0, tag1]);
    if ![TAG_BAD, TAG_NO_SESSIONS, TAG_SESSIONS].contains(&tag) {
        return Err(Malformed::Tag(tag));
    }
    let size = u32::from_be_bytes([size0, size1, size2, size3]);
    if usize::try_from(size) == Ok(length) { Ok(()) } else { Err(Malformed::Size(size, length)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const SUCCESS: [u8; 10] = [0x80, 1, 0, 0, 0, 10, 0, 0, 0, 0];

    #[test]
    fn a_header_alone_is_a_response() {
        assert_eq!(check(&SUCCESS), Ok(()));
        assert_eq!(check(&[0, 0xC4, 0, 0, 0, 10, 0, 0, 0, 0x1e]), Ok(()));
    }

    #[test]
    fn anything_shorter_is_not() {
        for length in 0..10 {
            assert_eq!(check(&SUCCESS[..length]), Err(Malformed::Short(length)));
        }
    }

    #[test]
    fn the_longest_response_has_4096_bytes() {
        let mut response = vec![0; 4096];
        response[..6].copy_from_slice(&[0x80, 2, 0, 0, 0x10, 0]);
        assert_eq!(check(&response), Ok(()));
        response.push(0);
        assert_eq!(check(&response), Err(Malformed::Long(4097)));
    }

    #[test]
    fn a_size_that_lies_is_found() {
        for size in [9, 11] {
            let mut response = SUCCESS;
            response[5] = size;
            assert_eq!(check(&response), Err(Malformed::Size(u32::from(size), 10)));
        }
    }

    #[test]
    fn other_tags_are_found() {
        assert_eq!(check(&[0x80, 3, 0, 0, 0, 10, 0, 0, 0, 0]), Err(Malformed::Tag(0x8003)));
    }
}
