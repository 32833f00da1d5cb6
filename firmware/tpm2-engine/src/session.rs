//! The authorisation area of a command (Part 1, sections 18 and 19; Part 3, section 5.5 and 5.6).
//!
//! Password authorisations are implemented. A session of another kind is found by its handle; as none can be started,
//! none is ever loaded.

use crate::commands::{Command, Role};
use crate::crypto::equal;
use crate::machine::Machine;
use crate::object::slots::Slot;
use crate::rc::Rc;
use crate::types::Auth;
use crate::types::attributes::Attributes;
use crate::types::handle::{Hierarchy, RS_PW, kind, kind_of};
use crate::wire::{Reader, Wire, Writer, count};
use alloc::vec::Vec;

/// The most authorisations in a command.
const MAX_SESSIONS: usize = 3;
/// The fewest bytes that an authorisation area can have: one empty password.
const MIN_AREA: usize = 9;
/// TPMA_SESSION: audit and its two companions, decrypt, encrypt.
const NOT_FOR_PASSWORDS: u8 = 0xE6;
/// TPMA_SESSION: bits 3 and 4.
const RESERVED: u8 = 0x18;
/// TPMA_SESSION: continueSession, which a password always has in a response.
const CONTINUE: u8 = 0x01;

/// A password that a command came with.
struct Password(Auth);

/// Reads and checks the authorisation area; gives the number of sessions in it.
pub(crate) fn authorize(
    machine: &Machine,
    command: &Command,
    handles: &[u32],
    input: &mut Reader<'_>,
) -> Result<usize, Rc> {
    let size = input.u32()? as usize;
    if size < MIN_AREA || size > input.len() {
        return Err(Rc::SIZE);
    }
    let area = Reader::new(input.bytes(size)?);
    if !command.sessions {
        return Err(Rc::AUTH_CONTEXT);
    }
    let passwords = read(area)?;
    let roles = command.handles.iter().map(|handle| handle.role).filter(|role| *role != Role::None);
    let authorized: Vec<(Role, u32)> = roles.zip(handles.iter().copied()).collect();
    if passwords.len() < authorized.len() {
        return Err(Rc::AUTH_MISSING);
    }
    for (number, password) in (1..).zip(&passwords) {
        // A password that authorises nothing has no other use.
        let (role, handle) = authorized.get(number as usize - 1).ok_or(Rc::HANDLE.session(number))?;
        check(machine, *role, *handle, &password.0).map_err(|rc| rc.session(number))?;
    }
    Ok(passwords.len())
}

fn read(mut area: Reader<'_>) -> Result<Vec<Password>, Rc> {
    let mut passwords = Vec::new();
    while area.len() > 0 {
        let number = count(&passwords) + 1;
        if passwords.len() == MAX_SESSIONS {
            return Err(Rc::SIZE.session(number));
        }
        passwords.push(read_one(&mut area, number).map_err(|rc| rc.session(number))?);
    }
    Ok(passwords)
}

fn read_one(area: &mut Reader<'_>, number: u32) -> Result<Password, Rc> {
    let handle = area.u32()?;
    if handle != RS_PW && ![kind::HMAC_SESSION, kind::POLICY_SESSION].contains(&kind_of(handle)) {
        return Err(Rc::VALUE);
    }
    let nonce = Auth::read(area)?;
    let attributes = area.u8()?;
    if attributes & RESERVED != 0 {
        return Err(Rc::RESERVED_BITS);
    }
    let password = Auth::read(area)?;
    if handle != RS_PW {
        return Err(Rc::reference_session(number - 1));
    }
    if attributes & NOT_FOR_PASSWORDS != 0 {
        return Err(Rc::ATTRIBUTES);
    }
    if !nonce.is_empty() {
        return Err(Rc::NONCE);
    }
    Ok(Password(password))
}

/// Whether the password opens what the handle refers to, in the role that the command needs.
fn check(machine: &Machine, role: Role, handle: u32, password: &Auth) -> Result<(), Rc> {
    let nothing = Auth::default();
    let (expected, protected) = if let Some(object) = machine.object(handle) {
        if role == Role::Admin && object.has(Attributes::ADMIN_WITH_POLICY) {
            return Err(Rc::AUTH_TYPE);
        }
        let sensitive = object.sensitive.as_ref().ok_or(Rc::AUTH_UNAVAILABLE)?;
        if role == Role::User && !object.has(Attributes::USER_WITH_AUTH) {
            return Err(Rc::AUTH_UNAVAILABLE);
        }
        (&sensitive.auth, !object.has(Attributes::NO_DA))
    } else if let Some(Slot::Sequence(sequence)) = machine.slots.get(handle) {
        (&sequence.auth, false)
    } else if let Some(hierarchy) = Hierarchy::from_handle(handle) {
        (&machine.roots.get(hierarchy).auth, false)
    } else {
        // A PCR: no group of them has an authorisation value.
        (&nothing, false)
    };
    match equal(trimmed(password), trimmed(expected)) {
        true => Ok(()),
        false if protected => Err(Rc::AUTH_FAIL),
        false => Err(Rc::BAD_AUTH),
    }
}

/// Zeros at the end of an authorisation value do not count (Part 1, section 19.6.4.3).
fn trimmed(auth: &[u8]) -> &[u8] {
    let end = auth.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &auth[..end]
}

/// The authorisation area of a response to `sessions` passwords.
pub(crate) fn respond(sessions: usize, response: &mut Writer) {
    for _ in 0..sessions {
        response.u16(0);
        response.u8(CONTINUE);
        response.u16(0);
    }
}
