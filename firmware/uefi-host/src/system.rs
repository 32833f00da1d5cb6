//! `tegmentum:uefi/system`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::system::{Host, UefiRevision};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use uefi::system;

impl Host for UefiHost {
    fn vendor(&mut self) -> String {
        system::firmware_vendor().to_string()
    }

    fn firmware_revision(&mut self) -> u32 {
        system::firmware_revision()
    }

    fn revision(&mut self) -> UefiRevision {
        let revision = system::uefi_revision();
        UefiRevision { major: revision.major(), minor: revision.minor() }
    }

    fn tables(&mut self) -> Vec<String> {
        system::with_config_table(|tables| tables.iter().map(|table| table.guid.to_string()).collect())
    }
}
