//! What both answer to broken commands: the same code, with the same handle, parameter or session in it.

use crate::commands::*;
use crate::pair::{Pair, hex};
use crate::samples::{self, Sample};
use std::collections::BTreeSet;

/// A pair with the objects that the samples use, in their places.
struct Bench {
    pair: Pair,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { pair: Pair::started() };
        bench.fill();
        bench
    }

    fn fill(&mut self) {
        let key = create_primary(OWNER, b"", b"", &signing_template(AK | 1 << 10));
        for command in [key, start_sequence(&NO), start_sequence(&[0, 0xB])] {
            let (ours, theirs) = self.pair.both(&command).codes();
            assert_eq!((ours, theirs), (0, 0));
        }
    }

    /// Puts everything back in its place, after a command that succeeded.
    fn refill(&mut self) {
        for handle in (FIRST..FIRST + 3).chain([0x0200_0000, 0x0300_0000]) {
            self.pair.both(&flush(handle));
        }
        self.fill();
    }

    /// Both codes for a command, with room for what it would load.
    fn codes(&mut self, sample: &Sample, command: &[u8]) -> (u32, u32) {
        let loads = ["CreatePrimary", "LoadExternal", "LoadExternal, public", "HashSequenceStart"];
        if loads.contains(&sample.name) {
            self.pair.both(&flush(samples::HASH));
        }
        let codes = self.pair.both(command).codes();
        if sample.name == "EvictControl" && codes == (0, 0) {
            let target = u32::from_be_bytes(command[command.len() - 4..].try_into().expect("four bytes"));
            self.pair.both(&authorized(0x120, &[OWNER, target], 1, &target.to_be_bytes()));
        }
        if codes.0 == 0 || codes.1 == 0 || loads.contains(&sample.name) {
            self.refill();
        }
        codes
    }
}

fn start_sequence(alg: &[u8]) -> Vec<u8> {
    command(0x186, &[], &join(&[&sized(b""), alg]))
}

/// A difference that is right as it is.
struct Expected {
    /// Of samples whose name begins so.
    sample: &'static str,
    ours: u32,
    /// Any code if `None`: libtpms goes on with what ours refuses.
    theirs: Option<u32>,
    reason: &'static str,
}

impl Expected {
    fn covers(&self, sample: &Sample, ours: u32, theirs: u32) -> bool {
        sample.name.starts_with(self.sample) && ours == self.ours && self.theirs.is_none_or(|code| code == theirs)
    }
}

const fn expected(sample: &'static str, ours: u32, theirs: Option<u32>, reason: &'static str) -> Expected {
    Expected { sample, ours, theirs, reason }
}

/// All there are. Each must be met, so that none outlives its reason.
const EXPECTED: &[Expected] = &[
    expected("", 0x18B, Some(0x902), "libtpms wants a free place before it looks for a first persistent object"),
    expected("", 0x28B, Some(0x902), "libtpms wants a free place before it looks for a second persistent object"),
    expected("", 0x2CA, None, "libtpms has RSA keys"),
    expected("", 0x2E6, None, "libtpms has more curves"),
    expected("", 0x2CC, Some(0x2C3), "libtpms has key derivation functions, though no key may use one"),
    expected("", 0x2D5, Some(0x2DA), "coordinates are longer on the curves that libtpms has"),
    expected("IncrementalSelfTest", 0x1C4, Some(0), "libtpms has more algorithms"),
    expected("StartAuthSession", 0x284, None, "libtpms binds sessions"),
    expected("StartAuthSession", 0x3C4, Some(0), "libtpms has policy sessions"),
    expected("Certify", 0x18A, Some(0), "libtpms certifies sequences, which have no Name"),
    expected("SequenceUpdate", 0x189, Some(0x1C9), "libtpms calls the handle a parameter"),
    expected("Sign", 0x3D7, Some(0x3C4), "Part 2 demands TPM_RC_TAG of a ticket with another tag"),
];

/// Differences that were met, to be shown together.
#[derive(Default)]
struct Differences {
    unexpected: Vec<String>,
    expected: BTreeSet<&'static str>,
}

impl Differences {
    fn note(&mut self, sample: &Sample, what: &str, command: &[u8], (ours, theirs): (u32, u32)) {
        if ours == theirs {
            return;
        }
        match EXPECTED.iter().find(|expected| expected.covers(sample, ours, theirs)) {
            Some(expected) => _ = self.expected.insert(expected.reason),
            None => self.unexpected.push(format!(
                "{} {what}: ours {ours:#x}, libtpms {theirs:#x}: {}",
                sample.name,
                hex(command)
            )),
        }
    }

    fn assert_none(&self) {
        assert!(self.unexpected.is_empty(), "{}", self.unexpected.join("\n"));
    }
}

#[test]
fn every_sample_is_answered_alike() {
    let mut bench = Bench::new();
    let mut differences = Differences::default();
    for sample in samples::all() {
        let codes = bench.codes(&sample, &sample.bytes);
        differences.note(&sample, "as it is", &sample.bytes, codes);
    }
    differences.assert_none();
}

#[test]
fn headers_that_lie_and_commands_that_do_not_exist() {
    let mut pair = Pair::new();
    // Nothing works before TPM2_Startup, but a command that does not exist does not exist.
    pair.refused(&command(0x17B, &[], &[0, 8]), 0x100);
    pair.refused(&command(0x7FFF, &[], &[]), 0x143);
    pair.same(&command(0x144, &[], &[0, 0]), &[]);
    pair.refused(&command(0x144, &[], &[0, 0]), 0x100);
    for code in [0u32, 0x11E, 0x123, 0x148 | 1 << 29, 0x199, 0x1A0, 0x2000_0000, u32::MAX] {
        pair.same(&command(code, &[], &[]), &[]);
    }
    for tag in [0u16, 0x00C1, 0x00C4, 0x8000, 0x8003, 0xFFFF] {
        let mut bad = command(0x17B, &[], &[0, 8]);
        bad[..2].copy_from_slice(&tag.to_be_bytes());
        // Part 3, 5.2, demands TPM_RC_BAD_TAG, in a response that a TPM 1.2 would give; libtpms says TPM_RC_VALUE of
        // most tags.
        let (ours, theirs) = pair.both(&bad).codes();
        assert!(ours == 0x01E && [0x01E, 0x084].contains(&theirs), "tag {tag:#x}: {ours:#x} {theirs:#x}");
    }
    // An authorisation area where there may be none, none where there must be one, and more than there may be.
    for sample in samples::all() {
        let (tag, body) = sample.bytes.split_at(2);
        let other = if tag == [0x80, 1] { [0x80, 2] } else { [0x80, 1] };
        pair.same(&[&other[..], body].concat(), &[]);
    }
    for passwords in 1..=4 {
        pair.same(&authorized(0x13D, &[16], passwords, &[]), &[]);
        pair.same(&authorized(0x17B, &[], passwords, &[0, 8]), &[]);
        pair.same(&authorized(0x165, &[], passwords, &FIRST.to_be_bytes()), &[]);
    }
}

#[test]
fn templates_of_every_combination_of_attributes() {
    let mut bench = Bench::new();
    bench.pair.both(&flush(samples::HASH));
    let mut differences = Differences::default();
    let bits: [u32; 7] = [1 << 1, 1 << 4, 1 << 5, 1 << 11, 1 << 16, 1 << 17, 1 << 18];
    let aes = [0, 6, 0, 128, 0, 0x43];
    let hmac = [0, 5, 0, 0xB];
    for combination in 0..1u32 << bits.len() {
        let set = bits.iter().enumerate().filter(|(index, _)| combination & 1 << index != 0);
        let attributes = set.fold(0x40, |all, (_, bit)| all | bit);
        let keyed_hash = |scheme: &[u8]| join(&[&[0, 8, 0, 0xB], &attributes.to_be_bytes(), &[0, 0], scheme, &[0, 0]]);
        let templates = [
            ecc_public(attributes, &NO, &ECDSA, &[], &[]),
            ecc_public(attributes, &NO, &NO, &[], &[]),
            ecc_public(attributes, &aes, &NO, &[], &[]),
            ecc_public(attributes, &aes, &ECDSA, &[], &[]),
            keyed_hash(&NO),
            keyed_hash(&hmac),
        ];
        for (template, data) in templates.iter().flat_map(|template| [(template, &b""[..]), (template, b"data")]) {
            let sample = Sample { name: "CreatePrimary", bytes: create_primary(OWNER, b"", data, template) };
            let codes = bench.pair.both(&sample.bytes).codes();
            differences.note(&sample, &format!("with {attributes:#x}"), &sample.bytes, codes);
            bench.pair.both(&flush(samples::HASH));
        }
    }
    differences.assert_none();
}

#[test]
fn every_truncation_and_every_byte_too_many() {
    let mut bench = Bench::new();
    let mut differences = Differences::default();
    for sample in samples::all() {
        for size in 10..sample.bytes.len() {
            let short = resized(sample.bytes[..size].to_vec());
            let codes = bench.codes(&sample, &short);
            differences.note(&sample, &format!("of {size} bytes"), &short, codes);
        }
        let long = resized([&sample.bytes[..], &[0]].concat());
        let codes = bench.codes(&sample, &long);
        differences.note(&sample, "and a byte", &long, codes);
    }
    differences.assert_none();
}

#[test]
fn every_byte_changed_in_many_ways() {
    let mut bench = Bench::new();
    let mut differences = Differences::default();
    for sample in samples::all() {
        // The header is the next test's; a command code makes another command of it.
        for place in 10..sample.bytes.len() {
            let byte = sample.bytes[place];
            let near = [byte ^ 1, byte.wrapping_add(1), byte.wrapping_sub(1)];
            let mut values = BTreeSet::from([0, 1, 2, 7, 0x10, 0x40, 0x80, 0xFF]);
            values.extend(near);
            values.remove(&byte);
            for changed in values {
                let mut command = sample.bytes.clone();
                command[place] = changed;
                let codes = bench.codes(&sample, &command);
                differences.note(&sample, &format!("byte {place} {byte:#x} -> {changed:#x}"), &command, codes);
            }
        }
    }
    differences.assert_none();
    let reasons = EXPECTED.iter().map(|expected| expected.reason);
    assert_eq!(differences.expected, reasons.collect());
}
