//! One evidence for several tests: sixteen bytes of nonce, one module, two PCRs.

use evidence::{Evidence, PcrValue};

/// Bytes that count up from `first`, so that a shifted field shows.
pub fn counting(first: u8, count: u8) -> Vec<u8> {
    (0..count).map(|place| first.wrapping_add(place)).collect()
}

fn digest(first: u8) -> [u8; 32] {
    counting(first, 32).try_into().unwrap()
}

pub fn sample() -> Evidence {
    Evidence {
        nonce: counting(0x10, 16),
        image: digest(0x20),
        modules: vec![digest(0x40)],
        pcrs: vec![PcrValue { index: 10, value: digest(0x60) }, PcrValue { index: 14, value: digest(0x80) }],
        ak_public: counting(0xa0, 88),
        attest: counting(0xb0, 129),
        signature: counting(0xc0, 72),
    }
}

/// Where the sizes of the sample's CATT1 stand: of the nonce, the key, the attestation structure and the signature.
#[allow(dead_code, reason = "not every test changes sizes")]
pub fn sizes() -> [usize; 4] {
    let key = 5 + 2 + 16 + 32 + 1 + 2 * 32 + 1 + 2 * 33;
    [5, key, key + 2 + 88, key + 2 + 88 + 2 + 129]
}
