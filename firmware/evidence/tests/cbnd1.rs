//! CBND1: one encoding of each binding, and nothing else is taken.

use evidence::{Binding, OutOfLimits, PcrValue, Problem, qualifying_data};
use proptest::collection::vec;
use proptest::prelude::*;

fn sample(event_log: usize) -> Binding {
    let pcrs = [0, 2, 4, 7, 14].map(|index| PcrValue { index, value: [index; 32] }).to_vec();
    Binding {
        ak_public: vec![1; 88],
        attest: vec![2; 145],
        signature: vec![3; 72],
        pcrs,
        event_log: vec![4; event_log],
    }
}

#[test]
fn what_was_encoded_decodes_to_the_same() {
    for size in [0, 1, 70_000, 1 << 20] {
        let bytes = sample(size).encode().unwrap();
        assert_eq!(Binding::decode(&bytes), Ok(sample(size)));
    }
}

#[test]
fn an_event_log_above_its_limit_is_neither_written_nor_read() {
    assert_eq!(sample((1 << 20) + 1).encode(), Err(OutOfLimits("the event log")));
    let mut bytes = sample(0).encode().unwrap();
    let place = bytes.len() - 4;
    bytes[place..].copy_from_slice(&((1 << 20) + 1_u32).to_be_bytes());
    bytes.extend(vec![0; (1 << 20) + 1]);
    let refused = Binding::decode(&bytes).unwrap_err();
    assert_eq!((refused.offset, refused.problem), (place, Problem::TooLarge { value: (1 << 20) + 1, limit: 1 << 20 }));
}

#[test]
fn every_prefix_and_every_extension_is_refused() {
    let bytes = sample(50).encode().unwrap();
    for end in 0..bytes.len() {
        assert!(Binding::decode(&bytes[..end]).is_err(), "{end}");
    }
    assert!(Binding::decode(&[&bytes[..], &[0]].concat()).is_err());
}

proptest! {
    #[test]
    fn what_decodes_was_encoded_like_that(place in any::<proptest::sample::Index>(), value in any::<u8>()) {
        let mut bytes = sample(50).encode().unwrap();
        let place = place.index(bytes.len());
        bytes[place] = value;
        if let Ok(decoded) = Binding::decode(&bytes) {
            prop_assert_eq!(decoded.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = Binding::decode(&[b"CBND1", &bytes[..]].concat());
    }
}

#[test]
fn the_qualifying_data_is_as_the_format_says() {
    // printf 'citadel-bind-v1%s%s' NONCE NAME, then the bytes of SHA-256 of ATTEST, through sha256sum.
    let data = qualifying_data(b"sixteen bytes ok", b"name", b"attest");
    let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "7c5e6817c7a21f36a852f8e586e7e39a733744e45b999a11943ca264ef564ec7");
}
