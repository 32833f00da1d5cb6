//! A guest's paths.
//!
//! A list of what is allowed, not of what is forbidden: FAT gives one file many names (8.3 aliases, trailing dots and
//! spaces, either slash), and a name that means only itself needs none of them.

use crate::bindings::tegmentum::uefi::types::Status;
use alloc::string::String;
use uefi::CString16;

/// Characters of one name. FAT takes 255; with the depth this bounds the whole.
const LONGEST_NAME: usize = 64;
/// Names in a path.
const DEEPEST: usize = 8;

/// A path as firmware takes it, relative to the guest's folder.
///
/// # Errors
/// `AccessDenied` for what tries to leave the folder, `InvalidParameter` for anything else that is no path.
pub fn relative(path: &str) -> Result<CString16, Status> {
    // Checked before it is looked at, so that the work is bounded.
    if path.len() > DEEPEST * (LONGEST_NAME + 1) {
        return Err(Status::InvalidParameter);
    }
    if path.starts_with(['/', '\\']) || path.contains(':') || path.split(['/', '\\']).any(|name| name == "..") {
        return Err(Status::AccessDenied);
    }
    if path.split('/').count() > DEEPEST || !path.split('/').all(is_name) {
        return Err(Status::InvalidParameter);
    }
    let firmware: String = path.chars().map(|character| if character == '/' { '\\' } else { character }).collect();
    CString16::try_from(firmware.as_str()).map_err(|_| Status::InvalidParameter)
}

/// Whether a path could have this as one of its names.
pub fn is_name(name: &str) -> bool {
    let characters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    characters && (1..=LONGEST_NAME).contains(&name.len()) && !name.starts_with('.') && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn a_path_is_taken_over_with_firmwares_separator() {
        assert_eq!(relative("log.txt").unwrap().to_string(), "log.txt");
        assert_eq!(relative("a/b-1/c_2.d.e").unwrap().to_string(), "a\\b-1\\c_2.d.e");
    }

    #[test]
    fn there_is_no_way_out_of_the_folder() {
        let ways = [
            "..",
            "../guest.wasm",
            "a/../../x",
            "a/..",
            "..\\guest.wasm",
            "a\\..\\..\\x",
            "/EFI/BOOT/BOOTX64.EFI",
            "\\guest.wasm",
            "//x",
            "fs0:\\x",
            "C:x",
            "a/b:c",
        ];
        for way in ways {
            assert_eq!(relative(way), Err(Status::AccessDenied), "{way}");
        }
    }

    #[test]
    fn no_file_has_a_second_name() {
        let names = [
            "",
            ".",
            "./a",
            "a/.",
            "a//b",
            "a/",
            "a.",
            "a/b.",
            "a ",
            " a",
            "a\\b",
            "LONGNA~1.TXT",
            ".hidden",
            "a\0b",
            "a\nb",
            "*",
            "?",
            "a|b",
            "na\u{ef}ve",
            "\u{2024}\u{2024}/x",
            "\u{ff0e}\u{ff0e}/x",
            "...",
            ". .",
        ];
        for name in names {
            assert_eq!(relative(name), Err(Status::InvalidParameter), "{name:?}");
        }
    }

    #[test]
    fn names_and_paths_have_an_end() {
        assert!(relative(&"a".repeat(64)).is_ok());
        assert_eq!(relative(&"a".repeat(65)), Err(Status::InvalidParameter));
        assert!(relative(&vec!["a"; 8].join("/")).is_ok());
        assert_eq!(relative(&vec!["a"; 9].join("/")), Err(Status::InvalidParameter));
        assert_eq!(relative(&"../".repeat(100_000)), Err(Status::InvalidParameter));
    }
}
