//! What the owner of the boot medium grants its guests.
//!
//! The words are in a file beside the guests. Whoever can write that file can replace this very program, so it grants
//! nothing that they could not do anyway; without it a guest can do nothing dangerous.

use crate::finish::Failure;
use crate::say::say;
use crate::staged;
use alloc::string::ToString;
use core::str;
use uefi_host::Grants;

const PATH: &str = "\\guest.grants";
/// Far more than all words there are.
const LARGEST: u64 = 4_096;

/// Reads the grants and says so, if there are any.
pub fn read() -> Result<Grants, Failure> {
    let Some(bytes) = staged::read(PATH, LARGEST)? else {
        return Ok(Grants::default());
    };
    let text = str::from_utf8(&bytes).map_err(|error| Failure::Grants(error.to_string()))?;
    let grants = Grants::parse(text).map_err(|error| Failure::Grants(error.to_string()))?;
    say!("staged: granted {grants}");
    Ok(grants)
}
