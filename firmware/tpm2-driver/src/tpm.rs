//! A TPM behind a transport.

use crate::commands::{
    self, Capability, CapabilityData, PcrRead, PcrSelection, Primary, QualifyingData, Quote, ReadPublic, StartupType,
};
use crate::wire::{CommandCode, Malformed, ResponseCode, Session, Success, parse};
use alloc::vec::Vec;
use core::fmt;

/// How often a command is sent while the TPM asks for it again. A TPM that tests its algorithms on first use asks once
/// or twice; one that still asks after this many is broken.
const MOST_SUBMISSIONS: usize = 64;

/// Where commands go and responses come from.
pub trait TpmTransport {
    /// Why there is no response.
    type Error;

    /// Sends one command and returns its response, whatever that says.
    ///
    /// # Errors
    /// When no response came.
    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, Self::Error>;
}

/// Why a command gave no result, displayed as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// No response came.
    Transport(CommandCode, E),
    /// The TPM refused the command.
    Refused(CommandCode, ResponseCode),
    /// The response does not hold.
    Malformed(CommandCode, Malformed),
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(command, error) => write!(f, "{command} got no response: {error}"),
            Self::Refused(command, code) => write!(f, "the TPM refused {command}: rc={code}"),
            Self::Malformed(command, malformed) => write!(f, "the response to {command} does not hold: {malformed}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Error<E> {}

/// Sends a command, again while the TPM answers `TPM_RC_RETRY` or `TPM_RC_TESTING`, and returns its response.
///
/// # Errors
/// When no response came, when it does not hold, or with the TPM's code, which after 64 submissions may be one of the
/// two above.
pub fn send_command<T: TpmTransport>(transport: &mut T, command: &[u8]) -> Result<Success, Error<T::Error>> {
    let code = code_of(command);
    let mut submissions = 1;
    loop {
        let response = transport.process(command).map_err(|error| Error::Transport(code, error))?;
        match parse(response, Session::of_command(command)).map_err(|malformed| Error::Malformed(code, malformed))? {
            Ok(success) => return Ok(success),
            Err(rc) if rc.wants_resubmission() && submissions < MOST_SUBMISSIONS => submissions += 1,
            Err(rc) => return Err(Error::Refused(code, rc)),
        }
    }
}

/// The code in a command, for errors to name; zero for what is too short to have one.
fn code_of(command: &[u8]) -> CommandCode {
    let bytes = command.get(6..10).and_then(|bytes| bytes.try_into().ok());
    CommandCode(bytes.map_or(0, u32::from_be_bytes))
}

/// A TPM's commands as functions.
#[derive(Debug)]
pub struct Tpm<T>(T);

/// What a command ends in.
type Outcome<R, T> = Result<R, Error<<T as TpmTransport>::Error>>;

impl<T: TpmTransport> Tpm<T> {
    /// The TPM at the other end of `transport`.
    pub const fn new(transport: T) -> Self {
        Self(transport)
    }

    /// The transport.
    pub fn into_transport(self) -> T {
        self.0
    }

    fn run<R>(&mut self, command: &[u8], parse: impl FnOnce(&Success) -> Result<R, Malformed>) -> Outcome<R, T> {
        let success = send_command(&mut self.0, command)?;
        parse(&success).map_err(|malformed| Error::Malformed(code_of(command), malformed))
    }

    /// `TPM2_Startup`.
    ///
    /// # Errors
    /// As for [`send_command`]; so for all of these.
    pub fn startup(&mut self, kind: StartupType) -> Outcome<(), T> {
        self.run(&commands::startup(kind), commands::parse_empty)
    }

    /// `TPM2_Shutdown`.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn shutdown(&mut self, kind: StartupType) -> Outcome<(), T> {
        self.run(&commands::shutdown(kind), commands::parse_empty)
    }

    /// `TPM2_SelfTest`.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn self_test(&mut self, full: bool) -> Outcome<(), T> {
        self.run(&commands::self_test(full), commands::parse_empty)
    }

    /// `TPM2_GetRandom`.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn get_random(&mut self, count: u16) -> Outcome<Vec<u8>, T> {
        self.run(&commands::get_random(count), commands::parse_get_random)
    }

    /// `TPM2_GetCapability`: whether there is more, and the values.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn get_capability(
        &mut self,
        capability: Capability,
        property: u32,
        count: u32,
    ) -> Outcome<(bool, CapabilityData), T> {
        let command = commands::get_capability(capability, property, count);
        self.run(&command, |success| commands::parse_get_capability(success, capability))
    }

    /// `TPM2_PCR_Read`.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn pcr_read(&mut self, selection: PcrSelection) -> Outcome<PcrRead, T> {
        self.run(&commands::pcr_read(selection), commands::parse_pcr_read)
    }

    /// `TPM2_PCR_Extend` of the SHA-256 bank.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn pcr_extend(&mut self, index: u8, digest: &[u8; 32]) -> Outcome<(), T> {
        self.run(&commands::pcr_extend(index, digest), commands::parse_empty)
    }

    /// `TPM2_CreatePrimary` of an attestation key.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn create_primary(&mut self) -> Outcome<Primary, T> {
        self.run(&commands::create_primary(), commands::parse_create_primary)
    }

    /// `TPM2_ReadPublic` of an attestation key.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn read_public(&mut self, handle: u32) -> Outcome<ReadPublic, T> {
        self.run(&commands::read_public(handle), commands::parse_read_public)
    }

    /// `TPM2_Quote`.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn quote(&mut self, key: u32, data: QualifyingData<'_>, selection: PcrSelection) -> Outcome<Quote, T> {
        self.run(&commands::quote(key, data, selection), commands::parse_quote)
    }

    /// `TPM2_FlushContext`.
    ///
    /// # Errors
    /// As for [`send_command`].
    pub fn flush_context(&mut self, handle: u32) -> Outcome<(), T> {
        self.run(&commands::flush_context(handle), commands::parse_empty)
    }
}
