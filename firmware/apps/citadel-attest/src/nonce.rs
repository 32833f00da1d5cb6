//! The verifier's nonce: from the boot medium, or from where the image itself came over the network.

use crate::failure::Failure;
use crate::network::{self, Answer};
use alloc::vec::Vec;
use app::say;
use evidence::Evidence;
use uefi::{CStr16, boot, cstr16};
use uefi_host::medium;

const PATH: &CStr16 = cstr16!("\\citadel-nonce.bin");
/// More than a nonce may have, so that one byte too many is seen.
const LARGEST: usize = 65;

/// The nonce, and a line on where it came from. None when there is none: evidence without one is still evidence of
/// what ran, but not of when, so the console says that nobody can rely on it.
pub fn find() -> Result<Option<Vec<u8>>, Failure> {
    let found = if boot::get_image_file_system(boot::image_handle()).is_ok() { on_medium()? } else { over_network()? };
    if found.is_none() {
        say!("nonce: none, so this evidence is unbound: it does not show when it was made, and answers no verifier");
    }
    Ok(found)
}

fn on_medium() -> Result<Option<Vec<u8>>, Failure> {
    // A file that is far too large is not read, and named with its size.
    let Some(nonce) = medium::read(PATH, LARGEST as u64)? else {
        return Ok(None);
    };
    let nonce = checked(nonce)?;
    say!("nonce: {} bytes from {PATH}", nonce.len());
    Ok(Some(nonce))
}

fn over_network() -> Result<Option<Vec<u8>>, Failure> {
    match network::read(LARGEST).map_err(Failure::Network)? {
        Answer::NoNetwork | Answer::NoFile => Ok(None),
        Answer::File { server, bytes } => {
            let nonce = checked(bytes)?;
            say!("nonce: {} bytes from {} at {server}", nonce.len(), network::NAME);
            Ok(Some(nonce))
        }
    }
}

fn checked(nonce: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if Evidence::nonce_fits(&nonce) { Ok(nonce) } else { Err(Failure::Nonce(nonce.len())) }
}
