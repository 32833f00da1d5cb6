//! EFI_LOAD_OPTION, the content of a variable `Boot####` (UEFI 2.10, section 3.1.3).

/// The attribute of entries that the boot manager tries by itself.
const ACTIVE: u32 = 1;

/// A load option taken apart; what follows the device path is the loader's own and is left out.
#[derive(Debug, PartialEq, Eq)]
pub struct LoadOption<'a> {
    /// Whether the boot manager tries it by itself.
    pub active: bool,
    /// UCS-2, low byte first, without the zero at its end.
    pub description: &'a [u8],
    /// A packed device path.
    pub device_path: &'a [u8],
}

impl<'a> LoadOption<'a> {
    /// Takes a variable's bytes apart; none when they are too short for what they promise.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (attributes, rest) = bytes.split_first_chunk::<4>()?;
        let (path_length, rest) = rest.split_first_chunk::<2>()?;
        let end = rest.chunks_exact(2).position(|unit| unit == [0, 0])? * 2;
        let device_path = rest.get(end + 2..)?.get(..usize::from(u16::from_le_bytes(*path_length)))?;
        let active = u32::from_le_bytes(*attributes) & ACTIVE != 0;
        Some(Self { active, description: &rest[..end], device_path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTION: &[u8] = b"\x01\0\0\0\x04\0O\0S\0\0\0\x7f\xff\x04\0optional data";

    #[test]
    fn an_option_is_taken_apart() {
        let expected = LoadOption { active: true, description: b"O\0S\0", device_path: b"\x7f\xff\x04\0" };
        assert_eq!(LoadOption::parse(OPTION), Some(expected));
        assert!(!LoadOption::parse(b"\x08\0\0\0\0\0\0\0").unwrap().active);
    }

    #[test]
    fn what_is_cut_short_is_no_option() {
        for length in 0..OPTION.len() - b"optional data".len() {
            assert_eq!(LoadOption::parse(&OPTION[..length]), None, "{length}");
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_no_option() {
        assert_eq!(LoadOption::parse(b"\x01\0\0\0\xff\xff\0\0\x7f\xff\x04\0"), None);
    }
}
