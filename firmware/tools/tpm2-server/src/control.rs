//! swtpm's control channel, as far as a TPM without migration needs it: numbers and results of `tpm_ioctl.h`, each
//! message a big-endian number and what belongs to it.

use crate::device::{Device, Hash};
use std::io::{self, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Power was off and is on.
pub const INIT: u32 = 2;
/// The server ends.
pub const SHUTDOWN: u32 = 3;
/// Whether a hash sequence was measured.
pub const GET_ESTABLISHED: u32 = 4;
/// Where the next commands come from.
pub const SET_LOCALITY: u32 = 5;
/// _TPM_Hash_Start.
pub const HASH_START: u32 = 6;
/// _TPM_Hash_Data.
pub const HASH_DATA: u32 = 7;
/// _TPM_Hash_End.
pub const HASH_END: u32 = 8;
/// Ends the command under way: none ever is when this is read.
pub const CANCEL: u32 = 9;
/// Forgets that a hash sequence was measured.
pub const RESET_ESTABLISHED: u32 = 11;

/// The most bytes that a HASH_DATA may bring.
const MAX_HASH_DATA: u32 = 4096;
/// The result of a message that the server does not know: TPM_BAD_ORDINAL of a TPM 1.2, as swtpm says it.
const UNKNOWN: u32 = 10;
/// The result of a message that cannot be: TPM_BAD_PARAMETER.
const BAD_PARAMETER: u32 = 3;

/// What to do after a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Read another.
    Continue,
    /// The other side hung up.
    Closed,
    /// End the server.
    Shutdown,
}

/// Reads one message, acts on it and answers.
///
/// # Errors
///
/// If the connection fails in the middle of a message.
pub fn serve_one<D: Device>(connection: &mut (impl Read + Write), tpm: &Mutex<D>) -> io::Result<Next> {
    let mut number = [0; 4];
    match connection.read_exact(&mut number) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Next::Closed),
        outcome => outcome?,
    }
    let mut answer = code(Ok(()));
    match u32::from_be_bytes(number) {
        INIT => {
            read_u32(connection)?;
            answer = code(lock(tpm).init());
        }
        SHUTDOWN => {
            connection.write_all(&answer)?;
            return Ok(Next::Shutdown);
        }
        GET_ESTABLISHED => answer.extend([lock(tpm).established().into(), 0, 0, 0]),
        SET_LOCALITY => {
            let locality = read_u8(connection)?;
            answer = code(lock(tpm).set_locality(locality));
        }
        HASH_START => answer = code(lock(tpm).hash(Hash::Start)),
        HASH_DATA => answer = code(hash_data(connection, tpm)?),
        HASH_END => answer = code(lock(tpm).hash(Hash::End)),
        CANCEL => {}
        RESET_ESTABLISHED => {
            read_u8(connection)?;
            lock(tpm).reset_established();
        }
        _ => answer = code(Err(UNKNOWN)),
    }
    connection.write_all(&answer)?;
    Ok(Next::Continue)
}

fn hash_data<D: Device>(connection: &mut impl Read, tpm: &Mutex<D>) -> io::Result<Result<(), u32>> {
    let size = read_u32(connection)?;
    if size > MAX_HASH_DATA {
        return Ok(Err(BAD_PARAMETER));
    }
    let mut data = vec![0; size as usize];
    connection.read_exact(&mut data)?;
    Ok(lock(tpm).hash(Hash::Data(&data)))
}

fn code(outcome: Result<(), u32>) -> Vec<u8> {
    outcome.err().unwrap_or(0).to_be_bytes().to_vec()
}

fn read_u32(connection: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    connection.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

fn read_u8(connection: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    connection.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// The TPM, locked only once a message was read whole: a client that is slow to send holds up no command.
fn lock<D>(tpm: &Mutex<D>) -> MutexGuard<'_, D> {
    tpm.lock().unwrap_or_else(PoisonError::into_inner)
}
