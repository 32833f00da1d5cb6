//! What is sent again, how often, and what then comes back.

use std::convert::Infallible;
use tpm2_driver::commands::StartupType;
use tpm2_driver::{CommandCode, Error, Malformed, Problem, ResponseCode, Tpm, TpmTransport};

/// Answers with these codes in turn, and with the last for ever. Keeps what it was sent.
struct Mock {
    codes: Vec<u32>,
    sent: Vec<Vec<u8>>,
}

impl TpmTransport for Mock {
    type Error = Infallible;

    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, Infallible> {
        let code = self.codes[self.sent.len().min(self.codes.len() - 1)];
        self.sent.push(command.to_vec());
        Ok([&[0x80, 1, 0, 0, 0, 10][..], &code.to_be_bytes()].concat())
    }
}

/// The outcome of a Startup, and what was sent for it.
fn startup(codes: &[u32]) -> (Result<(), Error<Infallible>>, Vec<Vec<u8>>) {
    let mut tpm = Tpm::new(Mock { codes: codes.to_vec(), sent: Vec::new() });
    let outcome = tpm.startup(StartupType::Clear);
    (outcome, tpm.into_transport().sent)
}

#[test]
fn the_same_command_goes_again_while_the_tpm_is_busy() {
    let (outcome, sent) = startup(&[0x922, 0x90A, 0x922, 0]);
    assert_eq!(outcome, Ok(()));
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|command| *command == sent[0]));
}

#[test]
fn a_tpm_that_is_busy_for_ever_is_asked_64_times_and_its_code_returned() {
    for code in [0x922, 0x90A] {
        let (outcome, sent) = startup(&[code]);
        assert_eq!(outcome, Err(Error::Refused(CommandCode::STARTUP, ResponseCode(code))));
        assert_eq!(sent.len(), 64);
    }
}

#[test]
fn any_other_code_is_returned_at_once() {
    for code in [0x100, 0x908, 0x921, 0x923, 0x8000_0000] {
        let (outcome, sent) = startup(&[code]);
        assert_eq!(outcome, Err(Error::Refused(CommandCode::STARTUP, ResponseCode(code))));
        assert_eq!(sent.len(), 1);
    }
}

/// Answers with the same bytes always.
struct Fixed(Vec<u8>);

impl TpmTransport for Fixed {
    type Error = &'static str;

    fn process(&mut self, _: &[u8]) -> Result<Vec<u8>, &'static str> {
        if self.0.is_empty() { Err("the line is dead") } else { Ok(self.0.clone()) }
    }
}

fn answered(response: &[u8]) -> Error<&'static str> {
    Tpm::new(Fixed(response.to_vec())).startup(StartupType::Clear).unwrap_err()
}

#[test]
fn errors_are_sentences_that_name_the_command() {
    assert_eq!(answered(&[]).to_string(), "Startup got no response: the line is dead");
    assert_eq!(answered(&[0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0]).to_string(), "the TPM refused Startup: rc=0x100");
    assert_eq!(
        answered(&[0x80, 1, 0, 0, 0, 11, 0, 0, 0, 0, 9]).to_string(),
        "the response to Startup does not hold: at byte 10: 1 bytes follow the end"
    );
}

#[test]
fn a_response_that_is_short_long_or_odd_is_refused_where_it_is_wrong() {
    let at = |offset, problem| Error::Malformed(CommandCode::STARTUP, Malformed { offset, problem });
    assert_eq!(answered(&[0x80]), at(0, Problem::Short { wanted: 2, left: 1 }));
    assert_eq!(answered(&[0x80, 1, 0, 0, 0, 8, 0, 0]), at(6, Problem::Short { wanted: 4, left: 2 }));
    for size in [0, 9, 11, 0xffff_ffff_u32] {
        let lying = [&[0x80, 1][..], &size.to_be_bytes(), &[0; 4]].concat();
        assert_eq!(answered(&lying), at(2, Problem::Expected("the response's own size")));
    }
    let session = answered(&[0x80, 2, 0, 0, 0, 10, 0, 0, 0, 0]);
    assert_eq!(session, at(0, Problem::Expected("the command's own tag")));
    let failure = answered(&[0x80, 2, 0, 0, 0, 10, 0, 0, 1, 0]);
    assert_eq!(failure, at(0, Problem::Expected("the tag of a failure")));
    let wordy = answered(&[0x80, 1, 0, 0, 0, 11, 0, 0, 1, 0, 7]);
    assert_eq!(wordy, at(10, Problem::Trailing(1)));
    assert_eq!(answered(&[0; 4097]), at(0, Problem::TooLarge { value: 4097, limit: 4096 }));
}
