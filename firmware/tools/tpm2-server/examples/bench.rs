//! Times our engine and libtpms in the same run, on this machine: medians, and how many times ours fits.
//! `cargo run --release -p tpm2-server --example bench`

use std::time::{Duration, Instant};
use tpm2_engine::Tpm;
use tpm2_server::host::Host;
use tpm2_server::reference::Swtpm;

/// How often each command is timed.
const RUNS: usize = 50;

const STARTUP: &[u8] = b"\x80\x01\0\0\0\x0c\0\0\x01\x44\0\0";
/// A restricted P-256 key of the owner hierarchy: the attestation key of the applications.
const CREATE_PRIMARY: &[u8] =
    b"\x80\x02\0\0\0\x41\0\0\x01\x31\x40\0\0\x01\0\0\0\x09\x40\0\0\x09\0\0\x01\0\0\0\x04\0\0\0\0\
    \0\x18\0\x23\0\x0b\0\x05\0\x72\0\0\0\x10\0\x18\0\x0b\0\x03\0\x10\0\0\0\0\0\0\0\0\0\0";
/// Of PCR 10, with a nonce of 16 bytes.
const QUOTE: &[u8] = b"\x80\x02\0\0\0\x39\0\0\x01\x58\x80\0\0\0\0\0\0\x09\x40\0\0\x09\0\0\x01\0\0\
    \0\x100123456789abcdef\0\x10\0\0\0\x01\0\x0b\x03\0\x04\0";
const FLUSH: &[u8] = b"\x80\x01\0\0\0\x0e\0\0\x01\x65\x80\0\0\0";

fn main() {
    let mut ours = Tpm::manufacture(Host::new().expect("an entropy source"));
    let mut theirs = Swtpm::start().unwrap_or_else(|sentence| panic!("{sentence}"));
    let engine = measure(|command| ours.execute(command));
    let libtpms = measure(|command| theirs.execute(command));
    for (name, ours, theirs) in [("CreatePrimary", engine.0, libtpms.0), ("Quote", engine.1, libtpms.1)] {
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        println!("{name:14} engine {:6} us  libtpms {:6} us  ratio {ratio:.1}", ours.as_micros(), theirs.as_micros());
    }
}

/// The medians of CreatePrimary and Quote.
fn measure(mut execute: impl FnMut(&[u8]) -> Vec<u8>) -> (Duration, Duration) {
    let mut timed = |command: &[u8]| {
        let began = Instant::now();
        let response = execute(command);
        let took = began.elapsed();
        assert_eq!(response[6..10], [0; 4], "the command succeeds");
        took
    };
    timed(STARTUP);
    let (mut primaries, mut quotes) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        primaries.push(timed(CREATE_PRIMARY));
        quotes.push(timed(QUOTE));
        timed(FLUSH);
    }
    (median(primaries), median(quotes))
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}
