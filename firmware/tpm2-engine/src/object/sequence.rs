//! Sequence objects (Part 1, section 32.4): a digest over more data than one command holds.

use crate::crypto::hash::{HashAlg, HashState};
use crate::rc::Rc;
use crate::types::attest::GENERATED;
use crate::types::{Auth, YesNo};
use crate::wire::{Reader, Wire, Writer, read_list};
use alloc::vec::Vec;

/// A sequence, with the authorisation value that its commands need.
#[derive(Clone)]
pub(crate) struct Sequence {
    pub(crate) auth: Auth,
    pub(crate) kind: Kind,
}

/// What a sequence computes.
#[allow(clippy::large_enum_variant, reason = "a sequence is boxed where it is kept")]
#[derive(Clone)]
pub(crate) enum Kind {
    /// One digest. Once data came, `safe` tells whether it began unlike what the TPM signs of its own accord.
    Hash { state: HashState, safe: Option<bool> },
    /// A digest in every algorithm, for an event to be measured.
    Event(Vec<HashState>),
}

/// One digest in every algorithm, in order.
pub(crate) fn event_states() -> Vec<HashState> {
    HashAlg::ALL.map(HashState::new).into()
}

/// Whether a ticket may be given for data that begins so: a restricted key signs what has one, and must never sign
/// something that looks like the TPM's own statement.
pub(crate) fn is_safe(data: &[u8]) -> bool {
    data.len() >= GENERATED.len() && !data.starts_with(&GENERATED)
}

impl Sequence {
    /// A hash sequence, or with no algorithm an event sequence.
    pub(crate) fn new(alg: Option<HashAlg>, auth: Auth) -> Self {
        let kind = match alg {
            Some(alg) => Kind::Hash { state: HashState::new(alg), safe: None },
            None => Kind::Event(event_states()),
        };
        Self { auth, kind }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        match &mut self.kind {
            Kind::Hash { state, safe } => {
                safe.get_or_insert_with(|| is_safe(data));
                state.update(data);
            }
            Kind::Event(states) => states.iter_mut().for_each(|state| state.update(data)),
        }
    }
}

impl Wire for Sequence {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let auth = Wire::read(reader)?;
        let kind = match reader.u8()? {
            0 => Kind::Hash { state: Wire::read(reader)?, safe: None },
            1 => Kind::Hash { state: Wire::read(reader)?, safe: Some(YesNo::read(reader)?.0) },
            2 => Kind::Event(read_list(reader, HashAlg::ALL.len() as u32)?),
            _ => return Err(Rc::VALUE),
        };
        Ok(Self { auth, kind })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.auth);
        match &self.kind {
            Kind::Hash { state, safe: None } => {
                writer.u8(0);
                writer.put(state);
            }
            Kind::Hash { state, safe: Some(safe) } => {
                writer.u8(1);
                writer.put(state);
                writer.put(&YesNo(*safe));
            }
            Kind::Event(states) => {
                writer.u8(2);
                writer.list(states);
            }
        }
    }
}
