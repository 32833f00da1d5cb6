//! Authorisations (Part 1, sections 18 and 19; Part 3, sections 5.5 and 5.6): by password, and by HMAC session.
//!
//! A policy session is found by its handle like any other; as none can be started, none is ever loaded.

mod area;
mod attributes;
pub(crate) mod hmac;

use crate::commands::{Command, Role};
use crate::crypto::equal;
use crate::crypto::hash::{Digest, HashAlg, hash};
use crate::machine::Machine;
use crate::object::slots::Slot;
use crate::platform::Platform;
use crate::rc::Rc;
use crate::types::Auth;
use crate::types::attributes::Attributes;
use crate::types::handle::{Hierarchy, RS_PW};
use crate::wire::{Reader, Writer};
use alloc::vec::Vec;
use area::Entry;
use attributes::{AUDIT, CONTINUE, ENCRYPTION};

/// An authorisation that was found good, and what its response is made with.
pub(crate) struct Authorization {
    entry: Entry,
    /// The authorisation value, kept because what it belongs to may be gone after the command.
    value: Auth,
}

/// Reads and checks the authorisation area.
pub(crate) fn authorize(
    machine: &Machine,
    command: &Command,
    handles: &[u32],
    input: &mut Reader<'_>,
) -> Result<Vec<Authorization>, Rc> {
    let area = area::take(input)?;
    if !command.sessions {
        return Err(Rc::AUTH_CONTEXT);
    }
    let entries = area::read(area, |entry, before| check_entry(machine, entry, before))?;
    let roles = command.handles.iter().map(|handle| handle.role).filter(|role| *role != Role::None);
    let authorized: Vec<(Role, u32)> = roles.zip(handles.iter().copied()).collect();
    if entries.len() < authorized.len() {
        return Err(Rc::AUTH_MISSING);
    }
    let mut authorizations = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let number = index as u32 + 1;
        let (role, handle) = *authorized.get(index).ok_or_else(|| without_use(&entry).session(number))?;
        let subject = Subject::new(machine, role, handle).map_err(|rc| rc.session(number))?;
        let good = match machine.sessions.get(entry.handle) {
            None => equal(trimmed(&entry.auth), trimmed(subject.value)),
            Some(session) => {
                let digest = command_digest(machine, session.alg, command.code, handles, input);
                let key = trimmed(subject.value);
                equal(&session.mac(key, &digest, &entry.nonce, &session.nonce_tpm, entry.attributes), &entry.auth)
            }
        };
        if !good {
            return Err(subject.refusal().session(number));
        }
        authorizations.push(Authorization { entry, value: Auth::new(trimmed(subject.value)) });
    }
    Ok(authorizations)
}

/// What is wrong with an entry by itself.
fn check_entry(machine: &Machine, entry: &Entry, before: &[Entry]) -> Result<(), Rc> {
    if entry.handle == RS_PW {
        if entry.attributes & (AUDIT | ENCRYPTION) != 0 {
            return Err(Rc::ATTRIBUTES);
        }
        return if entry.nonce.is_empty() { Ok(()) } else { Err(Rc::NONCE) };
    }
    if machine.sessions.get(entry.handle).is_none() {
        return Err(Rc::reference_session(before.len() as u32));
    }
    if before.iter().any(|other| other.handle == entry.handle) {
        return Err(Rc::HANDLE);
    }
    if entry.attributes & ENCRYPTION != 0 {
        // Sessions have no symmetric algorithm.
        return Err(Rc::SYMMETRIC);
    }
    // Audit is not implemented, so there is no session that could.
    if entry.attributes & AUDIT != 0 { Err(Rc::ATTRIBUTES) } else { Ok(()) }
}

/// An entry beyond the handles that need one: a password authorises nothing, a session neither audits nor encrypts.
fn without_use(entry: &Entry) -> Rc {
    if entry.handle == RS_PW { Rc::HANDLE } else { Rc::ATTRIBUTES }
}

/// What an authorisation is for.
struct Subject<'m> {
    value: &'m [u8],
    /// Wrong attempts count against it.
    protected: bool,
}

impl<'m> Subject<'m> {
    /// What the handle refers to, if an authorisation value opens it in this role.
    fn new(machine: &'m Machine, role: Role, handle: u32) -> Result<Self, Rc> {
        if let Some(object) = machine.object(handle) {
            if role == Role::Admin && object.has(Attributes::ADMIN_WITH_POLICY) {
                return Err(Rc::AUTH_TYPE);
            }
            let sensitive = object.sensitive.as_ref().ok_or(Rc::AUTH_UNAVAILABLE)?;
            if role == Role::User && !object.has(Attributes::USER_WITH_AUTH) {
                return Err(Rc::AUTH_UNAVAILABLE);
            }
            return Ok(Self { value: &sensitive.auth, protected: !object.has(Attributes::NO_DA) });
        }
        let value: &[u8] = match (machine.slots.get(handle), Hierarchy::from_handle(handle)) {
            (Some(Slot::Sequence(sequence)), _) => &sequence.auth,
            (_, Some(hierarchy)) => &machine.roots.get(hierarchy).auth,
            // A PCR: no group of them has an authorisation value.
            _ => &[],
        };
        Ok(Self { value, protected: false })
    }

    fn refusal(&self) -> Rc {
        if self.protected { Rc::AUTH_FAIL } else { Rc::BAD_AUTH }
    }
}

/// Zeros at the end of an authorisation value do not count (Part 1, section 19.6.4.3).
fn trimmed(auth: &[u8]) -> &[u8] {
    let end = auth.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &auth[..end]
}

/// cpHash (Part 1, section 18.7): the command code, the Names of the handles, the parameters.
fn command_digest(machine: &Machine, alg: HashAlg, code: u32, handles: &[u32], parameters: &Reader<'_>) -> Digest {
    let mut bytes = Writer::new();
    bytes.u32(code);
    for handle in handles {
        match (machine.object(*handle), machine.slots.get(*handle)) {
            (Some(object), _) => bytes.bytes(&object.name),
            // A sequence has no Name.
            (None, Some(_)) => {}
            (None, None) => bytes.u32(*handle),
        }
    }
    hash(alg, &[&bytes.finish(), parameters.rest()])
}

/// Writes the authorisation area of a successful response, and ends the sessions that the caller did not continue.
pub(crate) fn respond(
    machine: &mut Machine,
    platform: &mut dyn Platform,
    authorizations: &[Authorization],
    code: u32,
    parameters: &[u8],
    response: &mut Writer,
) {
    for Authorization { entry, value } in authorizations {
        let Some(session) = machine.sessions.get_mut(entry.handle) else {
            // A password.
            response.u16(0);
            response.u8(CONTINUE);
            response.u16(0);
            continue;
        };
        let mut nonce = [0; crate::crypto::hash::MAX_DIGEST];
        let nonce = &mut nonce[..session.nonce_tpm.len()];
        machine.drbg.fill(platform, nonce);
        session.nonce_tpm = Auth::new(nonce);
        // rpHash: the response code, the command code, the parameters.
        let digest = hash(session.alg, &[&[0; 4], &code.to_be_bytes(), parameters]);
        response.put(&session.nonce_tpm);
        response.u8(entry.attributes);
        response.put(&session.mac(value, &digest, &session.nonce_tpm, &entry.nonce, entry.attributes));
        if entry.attributes & CONTINUE == 0 {
            machine.sessions.remove(entry.handle);
        }
    }
}
