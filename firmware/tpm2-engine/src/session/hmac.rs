//! HMAC sessions (Part 1, section 19): proof that the caller knows an authorisation value, which is never sent.
//!
//! Sessions are neither salted nor bound, since a salt needs a key exchange: so there is no session key, and the HMAC
//! key is the authorisation value alone.

use crate::crypto::hash::HashAlg;
use crate::crypto::hmac::hmac;
use crate::rc::Rc;
use crate::types::Auth;
use crate::types::handle::{kind, kind_of};
use crate::wire::{Reader, Wire, Writer};

/// TPM_PT_HR_LOADED_MIN: how many sessions there can be.
pub(crate) const COUNT: usize = 3;

/// The handle of the first session.
const FIRST: u32 = kind::HMAC_SESSION << 24;

/// One session.
#[derive(Clone)]
pub(crate) struct HmacSession {
    pub(crate) alg: HashAlg,
    /// The nonce that the next command answers to.
    pub(crate) nonce_tpm: Auth,
}

impl HmacSession {
    /// The HMAC of a command or a response: over the digest of its parameters, the two nonces, newer first, and the
    /// attributes of the session.
    pub(crate) fn mac(&self, key: &[u8], digest: &[u8], newer: &[u8], older: &[u8], attributes: u8) -> Auth {
        Auth::new(&hmac(self.alg, key, &[digest, newer, older, &[attributes]]))
    }
}

impl Wire for HmacSession {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self { alg: Wire::read(reader)?, nonce_tpm: Wire::read(reader)? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.alg);
        writer.put(&self.nonce_tpm);
    }
}

/// The sessions that are loaded.
#[derive(Default)]
pub(crate) struct Sessions([Option<HmacSession>; COUNT]);

impl Sessions {
    pub(crate) fn get(&self, handle: u32) -> Option<&HmacSession> {
        self.0.get(index(handle)?)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, handle: u32) -> Option<&mut HmacSession> {
        self.0.get_mut(index(handle)?)?.as_mut()
    }

    /// Puts it into the first free place, and gives its handle.
    pub(crate) fn insert(&mut self, session: HmacSession) -> Result<u32, Rc> {
        let index = self.0.iter().position(Option::is_none).ok_or(Rc::SESSION_MEMORY)?;
        self.0[index] = Some(session);
        Ok(FIRST + index as u32)
    }

    pub(crate) fn remove(&mut self, handle: u32) -> Option<HmacSession> {
        self.0.get_mut(index(handle)?)?.take()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The handles in use, ascending.
    pub(crate) fn handles(&self) -> impl Iterator<Item = u32> {
        (FIRST..).zip(&self.0).filter(|(_, session)| session.is_some()).map(|(handle, _)| handle)
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        for session in &self.0 {
            match session {
                None => writer.u16(0),
                Some(session) => writer.structure(session),
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let mut sessions = Self::default();
        for session in &mut sessions.0 {
            *session = reader.optional_structure()?;
        }
        Ok(sessions)
    }
}

fn index(handle: u32) -> Option<usize> {
    (kind_of(handle) == kind::HMAC_SESSION).then(|| (handle - FIRST) as usize)
}
