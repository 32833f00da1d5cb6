//! The guests inside the image.

use runtime::{Guest, guest};

/// `components/add-module`.
pub static ADD: Guest = guest!("ADD");
/// `components/uefi-demo-component`.
pub static DEMO: Guest = guest!("DEMO");
/// `components/tpm`, or what `TPM_COMPONENT` of scripts/build.sh put in its place.
pub static TPM: Guest = guest!("TPM");
