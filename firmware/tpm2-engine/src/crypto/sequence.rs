//! Unfinished digests in stored form: what a saved context or the volatile state of a TPM may hold.

use super::hash::{HashAlg, HashState};
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};

/// The algorithm, then RustCrypto's serialisation of its state.
impl Wire for HashState {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(match HashAlg::read(reader)? {
            HashAlg::Sha1 => Self::Sha1(restore(reader)?),
            HashAlg::Sha256 => Self::Sha256(restore(reader)?),
            HashAlg::Sha384 => Self::Sha384(restore(reader)?),
            HashAlg::Sha512 => Self::Sha512(restore(reader)?),
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.alg());
        match self {
            Self::Sha1(state) => writer.bytes(&state.serialize()),
            Self::Sha256(state) => writer.bytes(&state.serialize()),
            Self::Sha384(state) => writer.bytes(&state.serialize()),
            Self::Sha512(state) => writer.bytes(&state.serialize()),
        }
    }
}

fn restore<S: SerializableState>(reader: &mut Reader<'_>) -> Result<S, Rc> {
    let mut serialized = SerializedState::<S>::default();
    let stored = reader.bytes(serialized.len())?;
    serialized.copy_from_slice(stored);
    S::deserialize(&serialized).map_err(|_| Rc::VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hash::hash;
    use crate::wire::to_bytes;

    #[test]
    fn a_digest_goes_on_where_it_was_stored() {
        for alg in HashAlg::ALL {
            let mut state = HashState::new(alg);
            state.update(&[7; 150]);
            let stored = to_bytes(&state);
            let mut restored = HashState::read(&mut Reader::new(&stored)).expect("what was stored");
            restored.update(b"more");
            assert_eq!(*restored.finish(), *hash(alg, &[&[7; 150], b"more"]));
        }
    }
}
