//! The stored form of a TPM: a header, the parts, a digest over all. It is checked whole before any of it is used.

use crate::clock::Clock;
use crate::crypto::hash::{HashAlg, MAX_DIGEST, hash};
use crate::hierarchy::Roots;
use crate::machine::{Machine, Orderly};
use crate::object::Object;
use crate::object::slots::Slots;
use crate::pcr::Pcrs;
use crate::rc::Rc;
use crate::session::hmac::Sessions;
use crate::types::YesNo;
use crate::types::handle::{kind, kind_of};
use crate::wire::{Reader, Wire, Writer};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// How a stored state begins: what it is, and the version of the form.
const PERMANENT: &[u8; 8] = b"BFTPM-P1";
const VOLATILE: &[u8; 8] = b"BFTPM-V1";

/// The algorithm of the digest at the end.
const CHECK: HashAlg = HashAlg::Sha256;

/// Why a stored state was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateError {
    /// It does not begin like a state of this kind and version.
    NotAState,
    /// The digest at its end is not that of the rest.
    Damaged,
    /// It is whole but what it says cannot be.
    Inconsistent,
    /// The volatile state is not of the TPM that the permanent state is of.
    AnotherTpm,
}

impl fmt::Display for StateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotAState => "this is no TPM state of the kind and version that this engine stores",
            Self::Damaged => "the TPM state is damaged: its digest is wrong",
            Self::Inconsistent => "the TPM state is whole but inconsistent",
            Self::AnotherTpm => "the volatile state belongs to another TPM than the permanent state",
        })
    }
}

impl core::error::Error for StateError {}

impl From<Rc> for StateError {
    fn from(_: Rc) -> Self {
        Self::Inconsistent
    }
}

/// The parts between header and digest.
fn open<'a>(bytes: &'a [u8], magic: &[u8; 8]) -> Result<Reader<'a>, StateError> {
    let rest = bytes.strip_prefix(magic).ok_or(StateError::NotAState)?;
    let size = rest.len().checked_sub(CHECK.digest_size()).ok_or(StateError::Damaged)?;
    let (body, check) = rest.split_at(size);
    if *hash(CHECK, &[magic, body]) != *check {
        return Err(StateError::Damaged);
    }
    Ok(Reader::new(body))
}

fn close(magic: &[u8; 8], body: Writer) -> Vec<u8> {
    let mut bytes = Vec::from(magic);
    bytes.extend_from_slice(&body.finish());
    let check = hash(CHECK, &[&bytes]);
    bytes.extend_from_slice(&check);
    bytes
}

pub(crate) fn write_permanent(machine: &Machine) -> Vec<u8> {
    let mut body = Writer::new();
    body.put(&machine.drbg);
    body.put(&machine.roots);
    machine.clock.write(&mut body);
    body.u64(machine.contexts);
    match &machine.orderly {
        Orderly::No => body.u8(0),
        Orderly::Clear => body.u8(1),
        Orderly::State(pcrs) => {
            body.u8(2);
            pcrs.write(&mut body);
        }
    }
    body.u32(machine.persistent.len() as u32);
    for (handle, object) in &machine.persistent {
        body.u32(*handle);
        body.put(object);
    }
    close(PERMANENT, body)
}

pub(crate) fn read_permanent(bytes: &[u8]) -> Result<Machine, StateError> {
    let mut body = open(bytes, PERMANENT)?;
    let drbg = Wire::read(&mut body)?;
    let roots = Wire::read(&mut body)?;
    let clock = Clock::read(&mut body)?;
    let contexts = body.u64()?;
    let orderly = match body.u8()? {
        0 => Orderly::No,
        1 => Orderly::Clear,
        2 => Orderly::State(Box::new(Pcrs::read(&mut body)?)),
        _ => return Err(StateError::Inconsistent),
    };
    let persistent = read_persistent(&mut body)?;
    body.end()?;
    Ok(Machine::stored(drbg, roots, clock, contexts, orderly, persistent))
}

fn read_persistent(body: &mut Reader<'_>) -> Result<BTreeMap<u32, Object>, StateError> {
    let mut objects = BTreeMap::new();
    for _ in 0..body.u32()? {
        let handle = body.u32()?;
        let object = Object::read(body)?;
        let possible = kind_of(handle) == kind::PERSISTENT && object.may_persist();
        if !possible || objects.insert(handle, object).is_some() {
            return Err(StateError::Inconsistent);
        }
    }
    Ok(objects)
}

/// What tells one TPM's states from another's, and says nothing about its secrets.
fn identity(roots: &Roots) -> [u8; MAX_DIGEST] {
    let mut identity = [0; MAX_DIGEST];
    identity.copy_from_slice(&hash(HashAlg::Sha512, &[b"identity", &roots.platform.proof, &roots.owner.proof]));
    identity
}

pub(crate) fn write_volatile(machine: &Machine) -> Vec<u8> {
    let mut body = Writer::new();
    body.bytes(&identity(&machine.roots));
    body.put(&machine.roots.null);
    machine.clock.write(&mut body);
    body.u64(machine.contexts);
    for flag in [machine.started, machine.was_orderly, machine.failed, machine.h_crtm, machine.established] {
        body.put(&YesNo(flag));
    }
    body.u8(machine.locality);
    machine.pcrs.write(&mut body);
    machine.slots.write(&mut body);
    machine.sessions.write(&mut body);
    close(VOLATILE, body)
}

pub(crate) fn read_volatile(machine: &mut Machine, bytes: &[u8]) -> Result<(), StateError> {
    let mut body = open(bytes, VOLATILE)?;
    if body.array()? != identity(&machine.roots) {
        return Err(StateError::AnotherTpm);
    }
    machine.roots.null = Wire::read(&mut body)?;
    machine.clock = Clock::read(&mut body)?;
    machine.contexts = body.u64()?;
    let flags = [
        &mut machine.started,
        &mut machine.was_orderly,
        &mut machine.failed,
        &mut machine.h_crtm,
        &mut machine.established,
    ];
    for flag in flags {
        *flag = YesNo::read(&mut body)?.0;
    }
    machine.locality = body.u8()?;
    machine.pcrs = Pcrs::read(&mut body)?;
    machine.slots = Slots::read(&mut body)?;
    machine.sessions = Sessions::read(&mut body)?;
    Ok(body.end()?)
}
