//! The test that every transport passes, whatever TPM is behind it.

use crate::commands::{Capability, CapabilityData, PcrSelection, QualifyingData, StartupType};
use crate::flow::{Attestation, Qualification, attest};
use crate::tpm::{Error, Tpm, TpmTransport};
use crate::wire::{CommandCode, ResponseCode};
use core::fmt::Debug;

/// What the flow is given: two measurements and a nonce of sixteen bytes.
const MEASUREMENTS: [[u8; 32]; 2] = [[0x11; 32], [0x22; 32]];
const NONCE: [u8; 16] = *b"sixteen bytes ok";
/// SHA-256 of (SHA-256 of zero and the first measurement) and the second.
const PCR_AFTER: [u8; 32] = [
    0x78, 0x83, 0x00, 0x00, 0xe1, 0x19, 0x77, 0x90, 0xa7, 0xe1, 0x88, 0x41, 0x39, 0xa6, 0x57, 0x21, 0x21, 0x0d, 0x64,
    0x2a, 0xd1, 0x12, 0xe6, 0xc9, 0x89, 0x9a, 0x05, 0xcb, 0x21, 0x40, 0x27, 0xa5,
];
/// `TPM_RC_INITIALIZE`: started already.
const RC_INITIALIZE: ResponseCode = ResponseCode(0x100);
/// `TPM_CAP_TPM_PROPERTIES`: the first fixed property, the family, which reads `2.0`.
const PT_FAMILY_INDICATOR: u32 = 0x100;
const FAMILY: u32 = u32::from_be_bytes(*b"2.0\0");

/// Drives a TPM that is powered on and not started through the whole of this crate. Returns the attestation, for
/// checks that need more than this crate.
///
/// # Panics
/// At the first thing that is not as it must be.
pub fn check<T: TpmTransport<Error: Debug>>(transport: T) -> Attestation {
    let mut tpm = Tpm::new(transport);
    let data = QualifyingData::new(&NONCE).expect("sixteen bytes are not too many");
    let made = attest(&mut tpm, &MEASUREMENTS, Qualification::Nonce(data), &mut ()).expect("the flow completes");
    check_attestation(&made);
    let again = tpm.startup(StartupType::Clear).expect_err("a TPM starts once");
    assert!(matches!(again, Error::Refused(CommandCode::STARTUP, RC_INITIALIZE)), "{again:?}");
    check_commands(&mut tpm);
    check_key(&mut tpm);
    made
}

fn check_attestation(made: &Attestation) {
    assert_eq!(made.nonce, NONCE);
    assert_eq!(made.pcr_before, [0; 32]);
    assert_eq!(made.pcr_after, PCR_AFTER);
    assert_eq!(made.quote.attest.len(), 129, "a 16-byte nonce gives a TPMS_ATTEST of 129 bytes");
    assert_eq!(made.quote.fields.extra_data, NONCE);
    assert_eq!(made.quote.fields.selections, [PcrSelection::sha256(10)]);
    assert_eq!(made.quote.fields.pcr_digest.len(), 32);
    assert_eq!(made.ak_name.len(), 34);
    assert_eq!(made.quote.fields.qualified_signer.len(), 34);
}

fn check_commands<T: TpmTransport<Error: Debug>>(tpm: &mut Tpm<T>) {
    tpm.self_test(true).expect("the TPM is sound");
    let random = tpm.get_random(32).expect("the TPM has randomness");
    assert_eq!(random.len(), 32);
    assert_ne!(random, tpm.get_random(32).expect("the TPM has more randomness"));
    let (more, properties) =
        tpm.get_capability(Capability::Properties, PT_FAMILY_INDICATOR, 1).expect("the TPM has properties");
    assert!(more);
    assert_eq!(properties, CapabilityData::Properties(alloc::vec![(PT_FAMILY_INDICATOR, FAMILY)]));
    let (_, pcrs) = tpm.get_capability(Capability::Pcrs, 0, 1).expect("the TPM has PCRs");
    let CapabilityData::Pcrs(banks) = pcrs else { panic!("not PCRs: {pcrs:?}") };
    assert!(banks.iter().any(|bank| bank.bank == PcrSelection::sha256(0).bank), "one bank is SHA-256: {banks:?}");
}

fn check_key<T: TpmTransport<Error: Debug>>(tpm: &mut Tpm<T>) {
    let key = tpm.create_primary().expect("a key is made");
    let read = tpm.read_public(key.handle).expect("the key can be read");
    assert_eq!((read.public, read.name), (key.public.clone(), key.name.clone()));
    let data = QualifyingData::new(&[]).expect("none is not too many");
    let quote = tpm.quote(key.handle, data, PcrSelection::sha256(0)).expect("the key signs");
    assert_eq!(quote.fields.qualified_signer, read.qualified_name);
    let longest = QualifyingData::new(&[0x5a; QualifyingData::LONGEST]).expect("the longest is not too long");
    let quote = tpm.quote(key.handle, longest, PcrSelection::sha256(23)).expect("the key signs a long nonce");
    assert_eq!(quote.fields.extra_data, [0x5a; QualifyingData::LONGEST]);
    tpm.flush_context(key.handle).expect("the key goes");
    let gone = tpm.read_public(key.handle).expect_err("the key is gone");
    assert!(matches!(gone, Error::Refused(CommandCode::READ_PUBLIC, _)), "{gone:?}");
}
