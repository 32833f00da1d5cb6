//! The authorisation area as it is on the wire (Part 1, section 18.6; TPMS_AUTH_COMMAND of Part 2).

use super::attributes::RESERVED;
use crate::rc::Rc;
use crate::types::Auth;
use crate::types::handle::{RS_PW, kind, kind_of};
use crate::wire::{Reader, Wire, count};
use alloc::vec::Vec;

/// The most authorisations in a command.
const MAX_SESSIONS: usize = 3;
/// The fewest bytes that an authorisation area can have: one empty password.
const MIN_AREA: usize = 9;

/// TPMS_AUTH_COMMAND.
pub(super) struct Entry {
    /// Of a session, or TPM_RS_PW.
    pub(super) handle: u32,
    pub(super) nonce: Auth,
    pub(super) attributes: u8,
    /// An HMAC, or a password.
    pub(super) auth: Auth,
}

/// Takes the area off the input.
pub(super) fn take<'a>(input: &mut Reader<'a>) -> Result<Reader<'a>, Rc> {
    let size = input.u32()? as usize;
    if size < MIN_AREA || size > input.len() {
        return Err(Rc::SIZE);
    }
    Ok(Reader::new(input.bytes(size)?))
}

/// Reads the area to its end. `check` sees each entry as soon as it is read, with those before it.
pub(super) fn read(mut area: Reader<'_>, check: impl Fn(&Entry, &[Entry]) -> Result<(), Rc>) -> Result<Vec<Entry>, Rc> {
    let mut entries = Vec::new();
    while area.len() > 0 {
        let number = count(&entries) + 1;
        if entries.len() == MAX_SESSIONS {
            return Err(Rc::SIZE.session(number));
        }
        let entry = Entry::read(&mut area)
            .and_then(|entry| check(&entry, &entries).map(|()| entry))
            .map_err(|rc| rc.session(number))?;
        entries.push(entry);
    }
    Ok(entries)
}

impl Entry {
    fn read(area: &mut Reader<'_>) -> Result<Self, Rc> {
        let handle = area.u32()?;
        if handle != RS_PW && ![kind::HMAC_SESSION, kind::POLICY_SESSION].contains(&kind_of(handle)) {
            return Err(Rc::VALUE);
        }
        let nonce = Auth::read(area)?;
        let attributes = area.u8()?;
        if attributes & RESERVED != 0 {
            return Err(Rc::RESERVED_BITS);
        }
        Ok(Self { handle, nonce, attributes, auth: Auth::read(area)? })
    }
}
