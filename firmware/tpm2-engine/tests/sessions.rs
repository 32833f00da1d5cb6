//! HMAC sessions, from the caller's side.

mod support;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use support::*;
use tpm2_engine::Tpm;

const AUTH: &[u8] = b"the authorisation value";
const KEY: u32 = 0x8000_0000;

/// A TPM with a key that has an authorisation value, and the key's Name.
fn with_key() -> (Tpm<Repeatable>, Vec<u8>) {
    let mut tpm = started();
    let sensitive = sized(&join(&[&sized(AUTH), &[0, 0]]));
    let parameters = join(&[&sensitive, &sized(&ecc_template(AK | 1 << 10)), &[0; 6]]);
    ok(&mut tpm, &authorized(0x131, &[OWNER], 1, &parameters));
    let response = ok(&mut tpm, &command(0x173, &[KEY], &[]));
    let mut cursor = Cursor(&response);
    cursor.sized();
    let name = cursor.sized().to_vec();
    (tpm, name)
}

/// A session, as its caller knows it.
struct Session {
    handle: u32,
    nonce_tpm: Vec<u8>,
}

fn start(tpm: &mut Tpm<Repeatable>) -> Session {
    let parameters = join(&[&sized(&[0xC0; 32]), &[0, 0, 0, 0, 0x10, 0, 0x0B]]);
    let response = ok(tpm, &command(0x176, &[NULL, NULL], &parameters));
    let mut cursor = Cursor(&response);
    Session { handle: cursor.u32(), nonce_tpm: cursor.sized().to_vec() }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

const NONCE: [u8; 20] = [0xCA; 20];

/// TPM2_Quote in a session.
fn quote(session: &Session, name: &[u8], auth: &[u8], attributes: u8) -> Vec<u8> {
    let parameters = join(&[&sized(b"nonce"), &[0, 0x10], &selection(&[10])]);
    let digest = Sha256::digest(join(&[&0x158u32.to_be_bytes(), name, &parameters]));
    let hmac = mac(auth, &[&digest, &NONCE, &session.nonce_tpm, &[attributes]]);
    let entry = join(&[&session.handle.to_be_bytes(), &sized(&NONCE), &[attributes], &sized(&hmac)]);
    let body = join(&[&KEY.to_be_bytes(), &(entry.len() as u32).to_be_bytes(), &entry, &parameters]);
    join(&[&[0x80, 2], &(10 + body.len() as u32).to_be_bytes(), &0x158u32.to_be_bytes(), &body])
}

/// Checks the response's HMAC, and takes the new nonce.
fn accept(session: &mut Session, response: &[u8], attributes: u8) {
    let mut cursor = Cursor(response);
    let size = cursor.u32() as usize;
    let parameters = cursor.take(size);
    session.nonce_tpm = cursor.sized().to_vec();
    assert_eq!(cursor.take(1), [attributes]);
    let digest = Sha256::digest(join(&[&[0; 4], &0x158u32.to_be_bytes(), parameters]));
    assert_eq!(cursor.sized(), mac(AUTH, &[&digest, &session.nonce_tpm, &NONCE, &[attributes]]));
    assert!(cursor.0.is_empty());
}

#[test]
fn a_session_proves_and_is_proved_and_its_nonce_rolls() {
    let (mut tpm, name) = with_key();
    let mut session = start(&mut tpm);
    let before = session.nonce_tpm.clone();
    for attributes in [1, 1, 0] {
        let response = ok(&mut tpm, &quote(&session, &name, AUTH, attributes));
        accept(&mut session, &response, attributes);
    }
    assert_ne!(before, session.nonce_tpm);
    // The last use did not continue it.
    assert_eq!(code(&tpm.execute(&quote(&session, &name, AUTH, 1))), 0x918);
}

#[test]
fn a_replayed_or_forged_use_is_refused_and_the_session_goes_on() {
    let (mut tpm, name) = with_key();
    let mut session = start(&mut tpm);
    let used = quote(&session, &name, AUTH, 1);
    let response = ok(&mut tpm, &used);
    assert_eq!(code(&tpm.execute(&used)), 0x9A2);
    accept(&mut session, &response, 1);
    assert_eq!(code(&tpm.execute(&quote(&session, &name, b"a guess", 1))), 0x9A2);
    assert_eq!(code(&tpm.execute(&quote(&session, b"another name", AUTH, 1))), 0x9A2);
    let mut changed = quote(&session, &name, AUTH, 1);
    *changed.last_mut().expect("not empty") ^= 1;
    assert_eq!(code(&tpm.execute(&changed)), 0x9A2);
    // Attributes that need what sessions do not have here.
    assert_eq!(code(&tpm.execute(&quote(&session, &name, AUTH, 0x21))), 0x996);
    assert_eq!(code(&tpm.execute(&quote(&session, &name, AUTH, 0x81))), 0x982);
    ok(&mut tpm, &quote(&session, &name, AUTH, 1));
}

#[test]
fn there_is_room_for_three_sessions_until_one_is_flushed() {
    let mut tpm = started();
    let first = start(&mut tpm);
    start(&mut tpm);
    start(&mut tpm);
    let another = command(0x176, &[NULL, NULL], &join(&[&sized(&[1; 16]), &[0, 0, 0, 0, 0x10, 0, 0xB]]));
    assert_eq!(code(&tpm.execute(&another)), 0x903);
    ok(&mut tpm, &command(0x165, &[], &first.handle.to_be_bytes()));
    assert_eq!(code(&tpm.execute(&command(0x165, &[], &first.handle.to_be_bytes()))), 0x1CB);
    ok(&mut tpm, &another);
}

#[test]
fn salted_bound_encrypting_and_policy_sessions_are_refused() {
    let (mut tpm, _) = with_key();
    let (nonce, tail) = (sized(&[1; 16]), [0u8, 0x10, 0, 0xB]);
    let plain = join(&[&nonce, &[0, 0, 0], &tail]);
    for (handles, parameters, expected) in [
        ([KEY, NULL], plain.clone(), 0x19C),
        ([NULL, KEY], plain.clone(), 0x284),
        ([NULL, NULL], join(&[&nonce, &sized(&[1; 4]), &[0], &tail]), 0x2C4),
        ([NULL, NULL], join(&[&nonce, &[0, 0, 1], &tail]), 0x3C4),
        ([NULL, NULL], join(&[&nonce, &[0, 0, 0], &[0, 6, 0, 128, 0, 0x43, 0, 0xB]]), 0x4D6),
        ([NULL, NULL], join(&[&nonce, &[0, 0, 0], &[0, 0x10, 0, 0x12]]), 0x5C3),
        ([NULL, NULL], join(&[&sized(&[1; 15]), &[0, 0, 0], &tail]), 0x1D5),
        ([NULL, NULL], join(&[&sized(&[1; 33]), &[0, 0, 0], &tail]), 0x1D5),
    ] {
        assert_eq!(code(&tpm.execute(&command(0x176, &handles, &parameters))), expected);
    }
}
