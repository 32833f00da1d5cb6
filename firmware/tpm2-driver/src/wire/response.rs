//! Taking responses apart.

use super::{Malformed, Problem, Reader, ResponseCode, ST_NO_SESSIONS, ST_SESSIONS};
use alloc::vec::Vec;

/// The longest response accepted: `TPM_PT_MAX_RESPONSE_SIZE` of every TPM that this crate meets.
pub const LONGEST: usize = 4096;
/// Size of a response that holds a code and nothing else.
const HEADER: usize = 10;
/// `TPM_ST_RSP_COMMAND`: how a TPM 2.0 answers a command whose tag it does not know.
const ST_RSP_COMMAND: u16 = 0x00C4;

/// Whether a command went with a session, which its response then has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// `TPM_ST_NO_SESSIONS`.
    None,
    /// `TPM_ST_SESSIONS` with one password session.
    Password,
}

impl Session {
    /// What a command's tag says.
    pub(crate) fn of_command(command: &[u8]) -> Self {
        if command.starts_with(&ST_SESSIONS.to_be_bytes()) { Self::Password } else { Self::None }
    }
}

/// The response of a command that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Success {
    bytes: Vec<u8>,
    session: Session,
}

/// What `bytes` answer to a command that went with `session`. The inner result is the response code.
pub fn parse(bytes: Vec<u8>, session: Session) -> Result<Result<Success, ResponseCode>, Malformed> {
    let mut reader = Reader::new(&bytes);
    if bytes.len() > LONGEST {
        return Err(reader.malformed(Problem::TooLarge { value: bytes.len(), limit: LONGEST }));
    }
    let tag = reader.u16()?;
    let size = reader.malformed(Problem::Expected("the response's own size"));
    if usize::try_from(reader.u32()?) != Ok(bytes.len()) {
        return Err(size);
    }
    let code = ResponseCode(reader.u32()?);
    let expected = match session {
        Session::None => ST_NO_SESSIONS,
        Session::Password => ST_SESSIONS,
    };
    if code == ResponseCode::SUCCESS {
        let problem = Problem::Expected("the command's own tag");
        return if tag == expected {
            Ok(Ok(Success { bytes, session }))
        } else {
            Err(Malformed { offset: 0, problem })
        };
    }
    if tag != ST_NO_SESSIONS && tag != ST_RSP_COMMAND {
        return Err(Malformed { offset: 0, problem: Problem::Expected("the tag of a failure") });
    }
    reader.finish()?;
    Ok(Err(code))
}

impl Success {
    /// Takes the parameters of a response that returns no handle.
    ///
    /// # Errors
    /// When `parameters` refuses them or leaves some, or the session area is not that of an empty password.
    pub fn parameters<R>(
        &self,
        parameters: impl FnOnce(&mut Reader<'_>) -> Result<R, Malformed>,
    ) -> Result<R, Malformed> {
        self.body(self.after_header()?, parameters)
    }

    /// Takes the handle and the parameters of a response.
    ///
    /// # Errors
    /// As for [`Success::parameters`].
    pub fn handle_and_parameters<R>(
        &self,
        parameters: impl FnOnce(&mut Reader<'_>) -> Result<R, Malformed>,
    ) -> Result<(u32, R), Malformed> {
        let mut reader = self.after_header()?;
        let handle = reader.u32()?;
        Ok((handle, self.body(reader, parameters)?))
    }

    fn after_header(&self) -> Result<Reader<'_>, Malformed> {
        let mut reader = Reader::new(&self.bytes);
        reader.take(HEADER)?;
        Ok(reader)
    }

    fn body<R>(
        &self,
        mut reader: Reader<'_>,
        parameters: impl FnOnce(&mut Reader<'_>) -> Result<R, Malformed>,
    ) -> Result<R, Malformed> {
        if self.session == Session::None {
            let result = parameters(&mut reader)?;
            reader.finish()?;
            return Ok(result);
        }
        let size = reader.count(LONGEST)?;
        let end = reader.offset() + size;
        let result = parameters(&mut reader)?;
        if reader.offset() != end {
            return Err(reader.malformed(Problem::Expected("the end of the parameters")));
        }
        password_session(reader)?;
        Ok(result)
    }
}

/// The session area that answers a password: no nonce, nothing but continueSession, no HMAC (Part 1, 19.4).
fn password_session(mut reader: Reader<'_>) -> Result<(), Malformed> {
    reader.expect(&[0, 0], "an empty nonce")?;
    let attributes = reader.malformed(Problem::Expected("the attributes of a password session"));
    if reader.u8()? > 1 {
        return Err(attributes);
    }
    reader.expect(&[0, 0], "an empty HMAC")?;
    reader.finish()
}
