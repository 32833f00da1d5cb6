//! The flow that the firmware's applications run, from a new TPM to a verified quote.

mod support;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use support::*;
use tpm2_engine::Tpm;

/// The key of a CreatePrimary response.
fn verifying_key(response: &[u8]) -> (u32, VerifyingKey) {
    let mut cursor = Cursor(response);
    let handle = cursor.u32();
    cursor.u32();
    let public = cursor.sized();
    let mut point = Cursor(&public[public.len() - 68..]);
    let encoded = join(&[&[4], point.sized(), point.sized()]);
    (handle, VerifyingKey::from_sec1_bytes(&encoded).expect("a point on the curve"))
}

#[test]
fn a_quote_verifies_and_says_what_the_verifier_looks_for() {
    let mut tpm = started();
    let digest = [0x5A; 32];
    ok(&mut tpm, &authorized(0x182, &[10], 1, &join(&[&[0, 0, 0, 1, 0, 0x0B], &digest])));
    let (key, verifier) = verifying_key(&ok(&mut tpm, &create_primary(OWNER, &ecc_template(AK))));
    assert_eq!(key, 0x8000_0000);

    let nonce = [7; 16];
    let parameters = join(&[&sized(&nonce), &[0, 0x10], &selection(&[10])]);
    let response = ok(&mut tpm, &authorized(0x158, &[key], 1, &parameters));
    let mut cursor = Cursor(&response);
    cursor.u32();
    let attest = cursor.sized();
    assert_eq!((cursor.u16(), cursor.u16()), (0x18, 0x0B));
    let signature = Signature::from_slice(&join(&[cursor.sized(), cursor.sized()])).expect("r and s");
    assert_eq!(cursor.0, [0, 0, 1, 0, 0], "the authorisation area");
    verifier.verify_prehash(&Sha256::digest(attest), &signature).expect("a good signature");

    assert_eq!(attest.len(), 129);
    assert_eq!(attest[..6], [0xFF, b'T', b'C', b'G', 0x80, 0x18]);
    assert_eq!(attest[44..60], nonce);
    let pcr = Sha256::digest(join(&[&[0; 32], &digest]));
    assert_eq!(attest[129 - 32..], Sha256::digest(pcr)[..]);
    ok(&mut tpm, &command(0x165, &[], &key.to_be_bytes()));
    ok(&mut tpm, &command(0x145, &[], &[0, 1]));
}

#[test]
fn the_same_seed_and_template_give_the_same_key_and_others_another() {
    let mut tpm = started();
    let mut key = |hierarchy, template: &[u8]| {
        let response = ok(&mut tpm, &create_primary(hierarchy, template));
        ok(&mut tpm, &command(0x165, &[], &response[..4]));
        verifying_key(&response).1
    };
    let first = key(OWNER, &ecc_template(AK));
    assert_eq!(first, key(OWNER, &ecc_template(AK)));
    assert_ne!(first, key(ENDORSEMENT, &ecc_template(AK)));
    assert_ne!(first, key(NULL, &ecc_template(AK)));
    assert_ne!(first, key(OWNER, &ecc_template(AK | 1 << 10)));

    let mut other = Tpm::manufacture(Repeatable { state: 1, now: 0 });
    ok(&mut other, &command(0x144, &[], &[0, 0]));
    assert_ne!(first, verifying_key(&ok(&mut other, &create_primary(OWNER, &ecc_template(AK)))).1);
}
