//! Evidence on a console, there and back.

mod sample;

use evidence::{Evidence, FrameError, Framed, Kind, unframe};
use proptest::collection::vec;
use proptest::prelude::*;
use sample::sample;

/// The sample on a console, for this crate and any other implementation to agree on.
const GOLDEN: &str = include_str!("golden/catt1.txt");
const BEGIN: &str = "---BEGIN CITADEL-ATTEST---";
const END: &str = "---END CITADEL-ATTEST---";

#[test]
fn the_golden_file_holds_the_sample() {
    let bytes = unframe(Kind::Attest, GOLDEN).unwrap();
    assert_eq!(Evidence::decode(&bytes), Ok(sample()));
    assert_eq!(format!("{}\n", Framed(Kind::Attest, &sample().encode().unwrap())), GOLDEN);
}

fn attest(lines: &[&str]) -> Result<Vec<u8>, FrameError> {
    unframe(Kind::Attest, &lines.join("\n"))
}

proptest! {
    #[test]
    fn what_was_framed_comes_out_of_a_console(bytes in vec(any::<u8>(), 0..1000), bind in any::<bool>()) {
        let (kind, other) = if bind { (Kind::Bind, Kind::Attest) } else { (Kind::Attest, Kind::Bind) };
        let framed = Framed(kind, &bytes).to_string();
        prop_assert!(framed.lines().all(|line| !line.is_empty() && line.len() <= 76));
        let console = format!("before\r\n{}\r\nafter\r\n", framed.replace('\n', "\r\n"));
        prop_assert_eq!(unframe(kind, &console), Ok(bytes));
        prop_assert_eq!(unframe(other, &console), Err(FrameError::NoBegin));
    }

    #[test]
    fn no_text_makes_it_panic(lines in vec("[A-Za-z+/=\r -]{0,80}", 0..20)) {
        let _ = unframe(Kind::Attest, &format!("{BEGIN}\n{}\n{END}", lines.join("\n")));
    }
}

#[test]
fn markers_must_be_one_pair_in_order_each_alone_on_its_line() {
    assert_eq!(attest(&[BEGIN, "AAAA", END]), Ok(vec![0; 3]));
    assert_eq!(attest(&[]), Err(FrameError::NoBegin));
    assert_eq!(attest(&["x ---BEGIN CITADEL-ATTEST---", "AAAA"]), Err(FrameError::NoBegin));
    assert_eq!(attest(&["", BEGIN, "AAAA"]), Err(FrameError::NoEnd(2)));
    assert_eq!(attest(&[END, BEGIN, "AAAA", END]), Err(FrameError::Marker(1)));
    assert_eq!(attest(&[BEGIN, BEGIN, "AAAA", END]), Err(FrameError::Marker(2)));
    assert_eq!(attest(&[BEGIN, "AAAA", END, BEGIN, "AAAA", END]), Err(FrameError::Marker(4)));
    assert_eq!(attest(&[BEGIN, "AAAA", END, END]), Err(FrameError::Marker(4)));
}

#[test]
fn lines_must_be_padded_base64_and_only_the_last_may_be_short_of_a_group() {
    let long = "A".repeat(80);
    for odd in ["", "AAA", "AA=", "AAAA ", " AAAA", "A*AA", "A-A_", "AA==AAAA", "AB==", "\x1b[0mAAAA", &long] {
        assert_eq!(attest(&[BEGIN, "AAAA", odd, END]), Err(FrameError::Line(3)), "{odd:?}");
    }
    assert_eq!(attest(&[BEGIN, "AA==", END]), Ok(vec![0]));
    assert_eq!(attest(&[BEGIN, "AA==", "AAAA", END]), Err(FrameError::Line(3)));
}

#[test]
fn refusals_are_sentences() {
    assert_eq!(FrameError::NoBegin.to_string(), "there is no BEGIN marker");
    assert_eq!(FrameError::NoEnd(2).to_string(), "the frame that begins on line 2 does not end");
    assert_eq!(FrameError::Marker(4).to_string(), "the marker on line 4 does not belong there");
    assert_eq!(FrameError::Line(3).to_string(), "line 3 does not belong in a frame");
}
