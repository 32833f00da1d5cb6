//! From the bytes of a command to the bytes of its response (Part 3, sections 5 and 6): header, handles,
//! authorisations, parameters, in this order, each refused with the code that belongs to it.

use crate::commands::{self, Call, Command, Role};
use crate::machine::Machine;
use crate::platform::Platform;
use crate::rc::Rc;
use crate::session;
use crate::types::handle::{kind, kind_of};
use crate::wire::{Reader, Writer, count};
use alloc::vec::Vec;

/// TPM_PT_MAX_COMMAND_SIZE and TPM_PT_MAX_RESPONSE_SIZE.
pub(crate) const MAX_SIZE: usize = 4096;

/// Bytes in a header.
const HEADER: u32 = 10;

/// Structure tags of commands and responses.
const ST_RSP_COMMAND: u16 = 0x00C4;
const ST_NO_SESSIONS: u16 = 0x8001;
const ST_SESSIONS: u16 = 0x8002;

/// Executes one command. There is always a response.
pub(crate) fn execute(machine: &mut Machine, platform: &mut dyn Platform, command: &[u8]) -> Vec<u8> {
    machine.clock.advance(platform);
    // Any command ends a hash sequence of the interface (Part 1, section 34.2).
    machine.hash_sequence = None;
    run(machine, platform, command).unwrap_or_else(failure)
}

/// A response that is only a code. A bad tag is answered as a TPM 1.2 would, since that is what the caller spoke.
fn failure(rc: Rc) -> Vec<u8> {
    let mut response = Writer::new();
    response.u16(if rc == Rc::BAD_TAG { ST_RSP_COMMAND } else { ST_NO_SESSIONS });
    response.u32(HEADER);
    response.u32(rc.code());
    response.finish()
}

fn run(machine: &mut Machine, platform: &mut dyn Platform, bytes: &[u8]) -> Result<Vec<u8>, Rc> {
    let mut input = Reader::new(bytes);
    let (with_sessions, command) = header(machine, &mut input, bytes.len())?;
    let handles = read_handles(command, &mut input)?;
    check_loaded(machine, &handles)?;
    let sessions = if with_sessions {
        session::authorize(machine, command, &handles, &mut input)?
    } else if command.handles.iter().any(|handle| handle.role != Role::None) {
        return Err(Rc::AUTH_MISSING);
    } else {
        Vec::new()
    };
    let mut call = Call::new(platform, &handles, input);
    (command.run)(machine, &mut call)?;
    let (handle, parameters) = call.finish();
    let mut response = Response { handle, parameters, area: None };
    if with_sessions {
        let mut area = Writer::new();
        session::respond(machine, platform, &sessions, command.code, &response.parameters, &mut area);
        response.area = Some(area.finish());
    }
    Ok(response.finish())
}

/// Whether there are sessions, and which command it is.
fn header(machine: &Machine, input: &mut Reader<'_>, size: usize) -> Result<(bool, &'static Command), Rc> {
    let with_sessions = match input.u16()? {
        ST_SESSIONS => true,
        ST_NO_SESSIONS => false,
        _ => return Err(Rc::BAD_TAG),
    };
    if input.u32()? as usize != size || size > MAX_SIZE {
        return Err(Rc::COMMAND_SIZE);
    }
    let code = input.u32()?;
    if machine.failed && !commands::works_after_failure(code) {
        return Err(Rc::FAILURE);
    }
    let command = commands::find(code).ok_or(Rc::COMMAND_CODE)?;
    if machine.started == (code == commands::STARTUP) {
        return Err(Rc::INITIALIZE);
    }
    Ok((with_sessions, command))
}

fn read_handles(command: &Command, input: &mut Reader<'_>) -> Result<Vec<u32>, Rc> {
    let one = |(number, spec): (u32, &commands::Handle)| {
        input.u32().and_then(|handle| spec.kind.check(handle)).map_err(|rc| rc.handle(number))
    };
    (1..).zip(command.handles).map(one).collect()
}

fn check_loaded(machine: &Machine, handles: &[u32]) -> Result<(), Rc> {
    for (index, handle) in (0..).zip(handles) {
        if !machine.is_loaded(*handle) {
            return Err(match kind_of(*handle) {
                kind::PERSISTENT => Rc::HANDLE.handle(index + 1),
                _ => Rc::reference_handle(index),
            });
        }
    }
    Ok(())
}

/// The parts of a successful response.
struct Response {
    handle: Option<u32>,
    parameters: Vec<u8>,
    /// The authorisation area, if the command had one.
    area: Option<Vec<u8>>,
}

impl Response {
    fn finish(self) -> Vec<u8> {
        let mut body = Writer::new();
        if let Some(handle) = self.handle {
            body.u32(handle);
        }
        if self.area.is_some() {
            body.u32(count(&self.parameters));
        }
        body.bytes(&self.parameters);
        body.bytes(self.area.as_deref().unwrap_or_default());
        let body = body.finish();

        let mut response = Writer::new();
        response.u16(if self.area.is_some() { ST_SESSIONS } else { ST_NO_SESSIONS });
        response.u32(HEADER + count(&body));
        response.u32(0);
        response.bytes(&body);
        response.finish()
    }
}
