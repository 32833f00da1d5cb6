//! The page on the TPM lists the commands that there are.

mod support;

use std::collections::BTreeSet;
use support::*;

#[test]
fn the_page_on_the_tpm_lists_just_the_commands_that_the_tpm_lists() {
    let page = include_str!("../../../docs/tpm.md");
    let code = |row: &str| {
        let cell = row.strip_prefix('|')?.split('|').nth(1)?.trim();
        u32::from_str_radix(cell.strip_prefix("0x")?, 16).ok()
    };
    let documented: BTreeSet<u32> = page.lines().filter_map(code).collect();
    let response = ok(&mut started(), &command(0x17A, &[], &[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 255]));
    let attributes = response[9..].chunks(4).map(|word| u32::from_be_bytes(word.try_into().expect("four bytes")));
    let listed: BTreeSet<u32> = attributes.map(|attributes| attributes & 0xFFFF).collect();
    assert!(listed.len() > 20);
    assert_eq!(documented, listed);
}
