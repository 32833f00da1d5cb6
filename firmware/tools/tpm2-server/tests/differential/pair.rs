//! Both TPMs, told the same.

use crate::commands::{authorized, command};
use crate::mask::Mask;
use tpm2_engine::Tpm;
use tpm2_server::control;
use tpm2_server::host::Host;
use tpm2_server::reference::Swtpm;

/// Ours and libtpms.
pub struct Pair {
    pub ours: Tpm<Host>,
    pub theirs: Swtpm,
}

/// What both answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    pub ours: Vec<u8>,
    pub theirs: Vec<u8>,
}

impl Answers {
    /// Both response codes.
    pub fn codes(&self) -> (u32, u32) {
        (code(&self.ours), code(&self.theirs))
    }
}

/// The code of a response.
pub fn code(response: &[u8]) -> u32 {
    u32::from_be_bytes(response[6..10].try_into().expect("four bytes"))
}

impl Pair {
    /// Both powered, not started up.
    pub fn new() -> Self {
        let ours = Tpm::manufacture(Host::new().expect("an entropy source"));
        Self { ours, theirs: Swtpm::start().unwrap_or_else(|sentence| panic!("{sentence}")) }
    }

    /// Both started up, with the same banks: libtpms gives up its SHA-512 bank, which ours does not have.
    pub fn started() -> Self {
        let mut pair = Self::new();
        pair.same(&command(0x144, &[], &[0, 0]), &[]);
        let banks = [0, 0, 0, 1, 0, 0x0D, 3, 0, 0, 0];
        assert_eq!(code(&pair.theirs.execute(&authorized(0x12B, &[0x4000_000C], 1, &banks))), 0);
        pair.same(&command(0x145, &[], &[0, 0]), &[]);
        pair.init();
        pair.same(&command(0x144, &[], &[0, 0]), &[]);
        pair
    }

    /// Power off and on.
    pub fn init(&mut self) {
        self.ours.init();
        self.theirs.init();
    }

    /// The locality of the next commands.
    pub fn set_locality(&mut self, locality: u8) {
        self.ours.set_locality(locality);
        assert_eq!(self.theirs.control(control::SET_LOCALITY, &[locality]), 0);
    }

    /// A hash sequence of the interface.
    pub fn hash_sequence(&mut self, data: &[u8]) {
        self.ours.hash_start();
        self.ours.hash_data(data);
        self.ours.hash_end();
        assert_eq!(self.theirs.control(control::HASH_START, &[]), 0);
        let message = [&(data.len() as u32).to_be_bytes()[..], data].concat();
        assert_eq!(self.theirs.control(control::HASH_DATA, &message), 0);
        assert_eq!(self.theirs.control(control::HASH_END, &[]), 0);
    }

    /// One command to both.
    pub fn both(&mut self, command: &[u8]) -> Answers {
        self.each(command, command)
    }

    /// To each its own: for commands that contain what a TPM gave.
    pub fn each(&mut self, ours: &[u8], theirs: &[u8]) -> Answers {
        Answers { ours: self.ours.execute(ours), theirs: self.theirs.execute(theirs) }
    }

    /// One command to both, and the same answer but for what is masked.
    #[track_caller]
    pub fn same(&mut self, command: &[u8], masks: &[Mask]) -> Answers {
        self.each_same(command, command, masks)
    }

    /// To each its own, and the same answer but for what is masked.
    #[track_caller]
    pub fn each_same(&mut self, ours: &[u8], theirs: &[u8], masks: &[Mask]) -> Answers {
        let answers = self.each(ours, theirs);
        let masked = |response: &[u8]| masks.iter().fold(response.to_vec(), |response, mask| mask.apply(response));
        assert_eq!(
            hex(&masked(&answers.ours)),
            hex(&masked(&answers.theirs)),
            "ours and libtpms' response to {}",
            hex(ours)
        );
        answers
    }

    /// One command that both refuse with this code.
    #[track_caller]
    pub fn refused(&mut self, command: &[u8], expected: u32) {
        let (ours, theirs) = self.both(command).codes();
        assert_eq!(
            (format!("{ours:#x}"), format!("{theirs:#x}")),
            (format!("{expected:#x}"), format!("{expected:#x}"))
        );
    }
}

/// Digits, which a failed comparison can show.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
