//! A TPM that is a component, as `engine-transport` runs it.

use crate::device::Device;
use engine_transport::LinuxHost;
use runtime::{ComponentTransport, Given, Limits, Services, StateType, TpmFailure};
use std::io;
use std::sync::mpsc::{Receiver, RecvError, SendError, Sender, channel};
use std::thread;
use tpm2_driver::TpmTransport;

/// What is answered for a component that gave no response: TPM_RC_FAILURE (Part 3, section 5.3).
const FAILURE: [u8; 10] = [0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1];
/// TPM_FAIL of a TPM 1.2, for the control channel.
const FAIL: u32 = 9;

/// A component in a thread of its own, which no other may enter: what a component's host holds need not be shareable.
/// It keeps its permanent state when its power goes off and on, and has no other locality than 0.
#[derive(Debug)]
pub struct Component {
    requests: Sender<Request>,
    answers: Receiver<Result<Vec<u8>, String>>,
}

#[derive(Debug)]
enum Request {
    Execute(Vec<u8>),
    PowerCycle,
}

impl Component {
    /// Compiles a component and powers it on. What it says goes to standard error.
    ///
    /// # Errors
    ///
    /// A sentence, if it is no TPM or does not come up.
    pub fn start(bytes: Vec<u8>) -> Result<Self, String> {
        let (requests, received) = channel();
        let (answer, answers) = channel();
        thread::spawn(move || run(&bytes, &received, &answer));
        let component = Self { requests, answers };
        component.answer()?;
        Ok(component)
    }

    fn ask(&self, request: Request) -> Result<Vec<u8>, String> {
        self.requests.send(request).map_err(|SendError(_)| gone())?;
        self.answer()
    }

    fn answer(&self) -> Result<Vec<u8>, String> {
        self.answers.recv().map_err(|RecvError| gone())?
    }
}

impl Device for Component {
    fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        self.ask(Request::Execute(command.to_vec())).unwrap_or_else(|sentence| {
            eprintln!("tpm2-server: {sentence}");
            FAILURE.to_vec()
        })
    }

    fn init(&mut self) -> Result<(), u32> {
        self.ask(Request::PowerCycle).map(drop).map_err(|sentence| {
            eprintln!("tpm2-server: {sentence}");
            FAIL
        })
    }
}

fn gone() -> String {
    "the TPM component did not come up again".into()
}

/// The component's thread: one answer for having started, and one for each request, until nobody listens or it is off.
fn run(bytes: &[u8], requests: &Receiver<Request>, answer: &Sender<Result<Vec<u8>, String>>) {
    let sentence = |failure: TpmFailure| failure.to_string();
    let started = power_on(bytes, &Given::default());
    let (mut tpm, mut outcome) = match started {
        Ok(tpm) => (tpm, Ok(Vec::new())),
        Err(failure) => return drop(answer.send(Err(sentence(failure)))),
    };
    while answer.send(outcome).is_ok() {
        outcome = match requests.recv() {
            Ok(Request::Execute(command)) => tpm.process(&command).map_err(sentence),
            Ok(Request::PowerCycle) => match power_cycle(bytes, &mut tpm) {
                Ok(again) => {
                    tpm = again;
                    Ok(Vec::new())
                }
                Err(failure) => Err(sentence(failure)),
            },
            Err(RecvError) => return,
        };
    }
}

fn power_on(bytes: &[u8], given: &Given<'_>) -> Result<ComponentTransport, TpmFailure> {
    let host = LinuxHost::new(io::stderr()).map_err(|error| TpmFailure::Runtime(error.to_string()))?;
    engine_transport::start(bytes, Services::new(Box::new(host)), Limits::default(), given)
}

fn power_cycle(bytes: &[u8], tpm: &mut ComponentTransport) -> Result<ComponentTransport, TpmFailure> {
    let permanent = tpm.state(StateType::Permanent)?;
    power_on(bytes, &Given { states: &[(StateType::Permanent, &permanent)], ..Given::default() })
}
