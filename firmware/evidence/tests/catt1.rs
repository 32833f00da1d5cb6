//! CATT1: one encoding of each evidence, and nothing else is taken.

mod sample;

use evidence::{Evidence, Malformed, OutOfLimits, PcrValue, Problem};
use proptest::collection::vec;
use proptest::prelude::*;
use sample::{sample, sizes};

fn any_evidence() -> impl Strategy<Value = Evidence> {
    (
        vec(any::<u8>(), 16..=64),
        any::<[u8; 32]>(),
        vec(any::<[u8; 32]>(), 0..16),
        proptest::collection::btree_map(any::<u8>(), any::<[u8; 32]>(), 1..=24),
        vec(any::<u8>(), 0..=256),
        vec(any::<u8>(), 0..=256),
        vec(any::<u8>(), 0..=128),
    )
        .prop_map(|(nonce, image, modules, pcrs, ak_public, attest, signature)| {
            let pcrs = pcrs.into_iter().map(|(index, value)| PcrValue { index, value }).collect();
            Evidence { nonce, image, modules, pcrs, ak_public, attest, signature }
        })
}

proptest! {
    #[test]
    fn what_was_encoded_decodes_to_the_same(evidence in any_evidence()) {
        let bytes = evidence.encode().unwrap();
        prop_assert_eq!(Evidence::decode(&bytes), Ok(evidence));
    }

    #[test]
    fn what_decodes_was_encoded_like_that(
        evidence in any_evidence(), place in any::<proptest::sample::Index>(), value in any::<u8>(),
    ) {
        let mut bytes = evidence.encode().unwrap();
        let place = place.index(bytes.len());
        bytes[place] = value;
        if let Ok(decoded) = Evidence::decode(&bytes) {
            prop_assert_eq!(decoded.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = Evidence::decode(&[b"CATT1", &bytes[..]].concat());
        prop_assert!(Evidence::decode(&bytes).is_err());
    }
}

#[test]
fn every_prefix_and_every_extension_is_refused_at_its_end() {
    let bytes = sample().encode().unwrap();
    for end in 0..bytes.len() {
        let refused = Evidence::decode(&bytes[..end]).unwrap_err();
        assert!(refused.offset <= end && matches!(refused.problem, Problem::Short { .. }), "{end}: {refused}");
    }
    let long = [&bytes[..], &[0]].concat();
    assert_eq!(Evidence::decode(&long), Err(Malformed { offset: bytes.len(), problem: Problem::Trailing(1) }));
}

#[test]
fn every_size_that_lies_is_refused() {
    let bytes = sample().encode().unwrap();
    for place in sizes() {
        let size = u16::from_be_bytes([bytes[place], bytes[place + 1]]);
        for lie in [0, size - 1, size + 1, 0x7fff, 0xffff] {
            let mut bytes = bytes.clone();
            bytes[place..place + 2].copy_from_slice(&lie.to_be_bytes());
            assert!(Evidence::decode(&bytes).is_err(), "{lie} for {size} at {place}");
        }
    }
}

fn with(change: impl FnOnce(&mut Evidence)) -> Result<Vec<u8>, OutOfLimits> {
    let mut evidence = sample();
    change(&mut evidence);
    evidence.encode()
}

#[test]
fn what_the_format_cannot_carry_is_not_encoded() {
    for length in [0, 15, 65, 0x10000] {
        assert_eq!(with(|evidence| evidence.nonce = vec![0; length]), Err(OutOfLimits("the nonce")));
    }
    assert_eq!(with(|evidence| evidence.modules = vec![[0; 32]; 16]), Err(OutOfLimits("the list of measurements")));
    let value = [1; 32];
    for indices in [vec![], vec![4, 4], vec![5, 4], (0..25).collect()] {
        let pcrs = indices.into_iter().map(|index| PcrValue { index, value }).collect();
        assert_eq!(with(|evidence| evidence.pcrs = pcrs), Err(OutOfLimits("the list of PCR values")));
    }
    assert_eq!(with(|evidence| evidence.ak_public = vec![0; 257]), Err(OutOfLimits("the attestation key")));
    assert_eq!(with(|evidence| evidence.attest = vec![0; 257]), Err(OutOfLimits("the attestation structure")));
    assert_eq!(with(|evidence| evidence.signature = vec![0; 129]), Err(OutOfLimits("the signature")));
    assert_eq!(OutOfLimits("the nonce").to_string(), "the nonce does not fit the format");
}

#[test]
fn refusals_say_where_and_what() {
    let bytes = sample().encode().unwrap();
    let changed = |place: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[place] = value;
        Evidence::decode(&bytes).unwrap_err().to_string()
    };
    let nonce = 5;
    let image = nonce + 2 + 16;
    let measurements = image + 32;
    let pcrs = measurements + 1 + 2 * 32;
    assert_eq!(changed(4, b'2'), "at byte 0: expected the magic CATT1");
    assert_eq!(changed(nonce + 1, 15), "at byte 5: expected a nonce of at least 16 bytes");
    assert_eq!(changed(nonce + 1, 65), "at byte 5: 65 is more than the limit of 64");
    assert_eq!(
        changed(image, 0xee),
        format!("at byte {}: expected the image digest as the first measurement", measurements + 1)
    );
    assert_eq!(changed(measurements, 0), format!("at byte {measurements}: expected at least one"));
    assert_eq!(changed(measurements, 17), format!("at byte {measurements}: 17 is more than the limit of 16"));
    assert_eq!(changed(pcrs, 25), format!("at byte {pcrs}: 25 is more than the limit of 24"));
    let second = pcrs + 1 + 33;
    assert_eq!(changed(second, 10), format!("at byte {second}: expected a PCR after the one before"));
}
