//! Where an event log ends, and that no log makes the walker read beyond what the log claims.

use evidence::{LogError, event_log_size};
use proptest::collection::vec;
use proptest::prelude::*;

const SHA1: (u16, u16) = (4, 20);
const SHA256: (u16, u16) = (11, 32);

fn first(banks: &[(u16, u16)]) -> Vec<u8> {
    let mut data = b"Spec ID Event03\0".to_vec();
    data.extend([0, 0, 0, 0, 0, 2, 0, 2]);
    data.extend((banks.len() as u32).to_le_bytes());
    for (algorithm, size) in banks {
        data.extend([algorithm.to_le_bytes(), size.to_le_bytes()].concat());
    }
    data.push(0);
    let mut event = vec![0; 4];
    event.extend(3_u32.to_le_bytes());
    event.extend([0; 20]);
    event.extend((data.len() as u32).to_le_bytes());
    [event, data].concat()
}

fn event(pcr: u32, banks: &[(u16, u16)], data: &[u8]) -> Vec<u8> {
    let mut event = [pcr.to_le_bytes(), 13_u32.to_le_bytes(), (banks.len() as u32).to_le_bytes()].concat();
    for (algorithm, size) in banks {
        event.extend(algorithm.to_le_bytes());
        event.extend(vec![0xab; usize::from(*size)]);
    }
    event.extend((data.len() as u32).to_le_bytes());
    [&event, data].concat()
}

fn size(log: &[u8], last: usize) -> Result<usize, LogError> {
    event_log_size(|place, size| log.get(place..place + size).unwrap_or_default(), last)
}

fn sample() -> (Vec<u8>, usize) {
    let banks = [SHA1, SHA256];
    let mut log = [first(&banks), event(0, &banks, b"version"), event(4, &banks, &[])].concat();
    let last = log.len();
    log.extend(event(14, &banks, b"the last"));
    (log, last)
}

#[test]
fn the_log_ends_with_its_last_event_and_not_with_the_memory() {
    let (log, last) = sample();
    assert_eq!(size(&log, last), Ok(log.len()));
    assert_eq!(size(&[log.clone(), vec![0xff; 100]].concat(), last), Ok(log.len()));
    assert_eq!(size(&first(&[SHA1]), 0), Ok(first(&[SHA1]).len()));
}

#[test]
fn a_last_event_where_none_begins_is_refused() {
    let (log, last) = sample();
    for wrong in [1, last - 1, last + 1] {
        assert!(size(&log, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_prefix_without_all_of_the_sizes_is_refused() {
    let (log, last) = sample();
    for end in 0..log.len() - b"the last".len() {
        assert!(matches!(size(&log[..end], last), Err(LogError::Malformed(_))), "{end}");
    }
}

#[test]
fn a_bank_that_the_log_does_not_name_is_refused() {
    let log = [first(&[SHA1]), event(0, &[SHA256], b"")].concat();
    assert_eq!(size(&log, first(&[SHA1]).len()), Err(LogError::Malformed(first(&[SHA1]).len() + 12)));
}

#[test]
fn a_log_above_its_limit_is_refused() {
    let mut log = first(&[SHA1]);
    let last = log.len();
    log.extend(event(0, &[SHA1], &vec![0; 1 << 20]));
    assert_eq!(size(&log, last), Err(LogError::TooLong));
    log[28..32].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(size(&log, last).is_err());
}

proptest! {
    #[test]
    fn nothing_beyond_the_log_is_read(place in any::<proptest::sample::Index>(), value in any::<u8>(), last in 0_usize..300) {
        let (mut log, true_last) = sample();
        let place = place.index(log.len());
        log[place] = value;
        for last in [last, true_last] {
            let read = |place: usize, size: usize| {
                assert!(place + size <= 1 << 20, "{place} {size}");
                log.get(place..place + size).unwrap_or_default()
            };
            let _ = event_log_size(read, last);
        }
    }

    #[test]
    fn no_bytes_make_the_walker_panic(bytes in vec(any::<u8>(), 0..500), last in 0_usize..600) {
        let _ = size(&[&first(&[SHA1, SHA256])[..], &bytes[..]].concat(), last);
    }
}
