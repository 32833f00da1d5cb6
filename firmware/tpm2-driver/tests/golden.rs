//! Every command, byte for byte. Written down from Part 3's tables, and checked against swtpm by the other tests.

use std::fmt::Write as _;
use tpm2_driver::PLATFORM_PCRS;
use tpm2_driver::commands::{
    Capability, PcrSelection, QualifyingData, StartupType, create_primary, flush_context, get_capability, get_random,
    pcr_extend, pcr_read, quote, read_public, self_test, shutdown, startup,
};

fn check(command: &[u8], expected: &str) {
    let hex = command.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    assert_eq!(hex, expected.replace(char::is_whitespace, ""));
}

#[test]
fn startup_clear_and_state() {
    check(&startup(StartupType::Clear), "8001 0000000c 00000144 0000");
    check(&startup(StartupType::State), "8001 0000000c 00000144 0001");
}

#[test]
fn shutdown_clear_and_state() {
    check(&shutdown(StartupType::Clear), "8001 0000000c 00000145 0000");
    check(&shutdown(StartupType::State), "8001 0000000c 00000145 0001");
}

#[test]
fn self_test_full_and_not() {
    check(&self_test(true), "8001 0000000b 00000143 01");
    check(&self_test(false), "8001 0000000b 00000143 00");
}

#[test]
fn get_random_of_a_count() {
    check(&get_random(0x1234), "8001 0000000c 0000017b 1234");
}

#[test]
fn get_capability_of_each_kind() {
    for (capability, number) in [
        (Capability::Algorithms, "00000000"),
        (Capability::Handles, "00000001"),
        (Capability::Commands, "00000002"),
        (Capability::Pcrs, "00000005"),
        (Capability::Properties, "00000006"),
        (Capability::Curves, "00000008"),
    ] {
        let expected = format!("8001 00000016 0000017a {number} 80000100 0000007f");
        check(&get_capability(capability, 0x8000_0100, 0x7f), &expected);
    }
}

#[test]
fn pcr_read_of_the_first_the_tenth_and_the_last() {
    for (index, bitmap) in [(0, "010000"), (10, "000400"), (23, "000080")] {
        let expected = format!("8001 00000014 0000017e 00000001 000b 03 {bitmap}");
        check(&pcr_read(PcrSelection::sha256(index)), &expected);
    }
}

#[test]
fn pcr_read_of_what_the_platform_quotes() {
    let selection = PcrSelection::sha256_of(&PLATFORM_PCRS);
    check(&pcr_read(selection), "8001 00000014 0000017e 00000001 000b 03 954000");
}

#[test]
fn pcr_extend_of_the_tenth() {
    let digest = "ab".repeat(32);
    let expected = format!(
        "8002 00000041 00000182 0000000a 00000009 40000009 0000 00 0000
         00000001 000b {digest}"
    );
    check(&pcr_extend(10, &[0xab; 32]), &expected);
}

#[test]
fn create_primary_of_the_attestation_key() {
    check(
        &create_primary(),
        "8002 00000041 00000131 40000001 00000009 40000009 0000 00 0000
         0004 0000 0000
         0018 0023 000b 00050072 0000 0010 0018 000b 0003 0010 0000 0000
         0000
         00000000",
    );
}

#[test]
fn quote_of_the_tenth_with_and_without_data() {
    let data = QualifyingData::new(b"sixteen bytes ok").unwrap();
    check(
        &quote(0x8000_0001, data, PcrSelection::sha256(10)),
        "8002 00000039 00000158 80000001 00000009 40000009 0000 00 0000
         0010 7369787465656e206279746573206f6b
         0010
         00000001 000b 03 000400",
    );
    check(
        &quote(0x8000_0001, QualifyingData::new(&[]).unwrap(), PcrSelection::sha256(10)),
        "8002 00000029 00000158 80000001 00000009 40000009 0000 00 0000
         0000
         0010
         00000001 000b 03 000400",
    );
}

#[test]
fn qualifying_data_has_a_limit() {
    assert!(QualifyingData::new(&[0; 64]).is_some());
    assert!(QualifyingData::new(&[0; 65]).is_none());
}

#[test]
fn flush_context_of_a_handle() {
    check(&flush_context(0x8000_0002), "8001 0000000e 00000165 80000002");
}

#[test]
fn read_public_of_a_handle() {
    check(&read_public(0x8000_0002), "8001 0000000e 00000173 80000002");
}
