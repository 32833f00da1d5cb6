//! Parsers on input that no sound TPM gives.

use proptest::collection::vec;
use proptest::prelude::*;
use std::convert::Infallible;
use tpm2_driver::commands::{Capability, PcrSelection, QualifyingData, StartupType, get_capability};
use tpm2_driver::swtpm::Swtpm;
use tpm2_driver::{Error, Tpm, TpmTransport};

/// Answers with these bytes always.
#[derive(Clone)]
struct Fixed(Vec<u8>);

impl TpmTransport for Fixed {
    type Error = Infallible;

    fn process(&mut self, _: &[u8]) -> Result<Vec<u8>, Infallible> {
        Ok(self.0.clone())
    }
}

/// A command, and what answers it.
#[derive(Clone, Debug)]
struct Exchange {
    command: Vec<u8>,
    response: Vec<u8>,
}

/// Passes on to swtpm and keeps what succeeded: libtpms asks for some again, as it tests algorithms on first use.
struct Recorder(Swtpm, Vec<Exchange>);

impl TpmTransport for Recorder {
    type Error = std::io::Error;

    fn process(&mut self, command: &[u8]) -> std::io::Result<Vec<u8>> {
        let response = self.0.process(command)?;
        if response[6..10] == [0; 4] {
            self.1.push(Exchange { command: command.to_vec(), response: response.clone() });
        }
        Ok(response)
    }
}

const CAPABILITIES: [Capability; 6] = [
    Capability::Algorithms,
    Capability::Handles,
    Capability::Commands,
    Capability::Pcrs,
    Capability::Properties,
    Capability::Curves,
];

/// One sound exchange of each command and each capability.
fn sound() -> Vec<Exchange> {
    let mut tpm = Tpm::new(Recorder(Swtpm::start().unwrap(), Vec::new()));
    tpm.startup(StartupType::Clear).unwrap();
    tpm.self_test(true).unwrap();
    tpm.get_random(16).unwrap();
    for capability in CAPABILITIES {
        tpm.get_capability(capability, 0, 4).unwrap();
    }
    tpm.pcr_extend(10, &[1; 32]).unwrap();
    tpm.pcr_read(PcrSelection::sha256(10)).unwrap();
    let key = tpm.create_primary().unwrap();
    tpm.read_public(key.handle).unwrap();
    tpm.quote(key.handle, QualifyingData::new(b"fresh").unwrap(), PcrSelection::sha256(10)).unwrap();
    tpm.flush_context(key.handle).unwrap();
    tpm.shutdown(StartupType::State).unwrap();
    tpm.into_transport().1
}

/// Whether a response to this command is taken.
fn taken(command: &[u8], response: &[u8]) -> bool {
    let mut tpm = Tpm::new(Fixed(response.to_vec()));
    let data = QualifyingData::new(&[]).unwrap();
    let pcr = PcrSelection::sha256(10);
    match u32::from_be_bytes(command[6..10].try_into().unwrap()) {
        0x131 => tpm.create_primary().is_ok(),
        0x143 => tpm.self_test(true).is_ok(),
        0x144 => tpm.startup(StartupType::Clear).is_ok(),
        0x145 => tpm.shutdown(StartupType::State).is_ok(),
        0x158 => tpm.quote(0, data, pcr).is_ok(),
        0x165 => tpm.flush_context(0).is_ok(),
        0x173 => tpm.read_public(0).is_ok(),
        0x17A => {
            let asked = CAPABILITIES.into_iter().find(|asked| get_capability(*asked, 0, 4) == command).unwrap();
            tpm.get_capability(asked, 0, 4).is_ok()
        }
        0x17B => tpm.get_random(16).is_ok(),
        0x17E => tpm.pcr_read(pcr).is_ok(),
        0x182 => tpm.pcr_extend(10, &[0; 32]).is_ok(),
        code => panic!("no test for command {code:#x}"),
    }
}

/// The same response with a size that matches its length: what lies is inside.
fn resized(mut response: Vec<u8>) -> Vec<u8> {
    let size = u32::try_from(response.len()).unwrap();
    response[2..6].copy_from_slice(&size.to_be_bytes());
    response
}

#[test]
fn a_sound_response_is_taken_and_every_prefix_and_extension_refused() {
    let exchanges = sound();
    assert_eq!(exchanges.len(), 16);
    for Exchange { command, response } in exchanges {
        assert!(taken(&command, &response), "{response:02x?}");
        for end in 0..response.len() {
            let cut = response[..end].to_vec();
            assert!(!taken(&command, &cut), "{end} bytes of {response:02x?}");
            assert!(end < 10 || !taken(&command, &resized(cut)), "{end} bytes, resized, of {response:02x?}");
        }
        for extra in [1, 2, 4, 100] {
            let long = [&response[..], &vec![0; extra]].concat();
            assert!(!taken(&command, &long), "{extra} bytes after {response:02x?}");
            assert!(!taken(&command, &resized(long)), "{extra} bytes, resized, after {response:02x?}");
        }
    }
}

#[test]
fn no_changed_byte_makes_a_parser_panic() {
    for Exchange { command, response } in sound() {
        for place in 0..response.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = response.clone();
                bytes[place] = value;
                taken(&command, &bytes);
            }
        }
    }
}

fn any_command() -> impl Strategy<Value = Vec<u8>> {
    let capabilities = CAPABILITIES.map(|asked| get_capability(asked, 0, 4)).to_vec();
    let others = [0x131_u32, 0x143, 0x144, 0x145, 0x158, 0x165, 0x173, 0x17B, 0x17E, 0x182];
    let others = others.map(|code| [&[0; 6][..], &code.to_be_bytes()].concat());
    proptest::sample::select([capabilities, others.to_vec()].concat())
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(command in any_command(), bytes in vec(any::<u8>(), 0..600)) {
        taken(&command, &bytes);
    }

    #[test]
    fn no_body_makes_a_parser_panic(
        command in any_command(), tag in 0x8001_u16..=0x8002, body in vec(any::<u8>(), 0..600),
    ) {
        let mut response = tag.to_be_bytes().to_vec();
        response.extend([0; 8]);
        response.extend(body);
        let response = resized(response);
        // What is taken is taken whole: not one byte more.
        if taken(&command, &response) {
            let long = resized([&response[..], &[0]].concat());
            prop_assert!(!taken(&command, &long));
        }
    }
}

#[test]
fn a_key_that_was_not_asked_for_is_refused() {
    let created = sound().into_iter().find(|exchange| exchange.command[6..10] == [0, 0, 1, 0x31]).unwrap();
    // The attributes: after the header, the handle, two sizes, the type and the name algorithm.
    let place = 10 + 4 + 4 + 2 + 2 + 2;
    assert_eq!(created.response[place..place + 4], [0, 5, 0, 0x72]);
    for bit in 0..32 {
        let mut response = created.response.clone();
        response[place + bit / 8] ^= 1 << (bit % 8);
        let refused = Tpm::new(Fixed(response)).create_primary().unwrap_err();
        assert!(matches!(refused, Error::Malformed(..)), "bit {bit}");
    }
}
