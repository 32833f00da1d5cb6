//! Saved contexts of objects and sequences (Part 1, section 30): encrypted and bound to this TPM, so that the caller
//! may keep them outside.

use super::slots::Slot;
use crate::clock::Clock;
use crate::crypto::hash::Digest;
use crate::crypto::hmac::hmac;
use crate::crypto::kdf::kdfa;
use crate::crypto::{cfb, equal};
use crate::hierarchy::Roots;
use crate::rc::Rc;
use crate::types::attributes::Attributes;
use crate::types::handle::{Hierarchy, TRANSIENT_FIRST, kind, kind_of};
use crate::types::ticket::CONTEXT_HASH;
use crate::wire::{Buffer, Reader, Wire, Writer, to_bytes};

/// TPM_PT_MAX_OBJECT_CONTEXT less what is around the blob. An event sequence is the largest that there is.
const MAX_BLOB: usize = 1536;
/// What is around the blob: sequence, handle, hierarchy and the blob's size.
const HEADER: usize = 18;
/// TPM_PT_MAX_OBJECT_CONTEXT.
pub(crate) const MAX_CONTEXT: u32 = (MAX_BLOB + HEADER) as u32;

/// TPMS_CONTEXT.
pub(crate) struct Context {
    sequence: u64,
    saved_handle: u32,
    hierarchy: Hierarchy,
    blob: Buffer<MAX_BLOB>,
}

impl Context {
    pub(crate) fn new(roots: &Roots, clock: &Clock, slot: &Slot, sequence: u64) -> Self {
        let (kind, hierarchy) = match slot {
            Slot::Object(object) => (if object.has(Attributes::ST_CLEAR) { 2 } else { 0 }, object.hierarchy),
            Slot::Sequence(_) => (1, Hierarchy::Null),
        };
        let mut context = Self { sequence, saved_handle: TRANSIENT_FIRST + kind, hierarchy, blob: Buffer::default() };
        let proof = &roots.get(hierarchy).proof;
        let mut data = zeroize::Zeroizing::new(to_bytes(slot));
        let (key, iv) = context.key(proof);
        cfb::encrypt(&key, &iv, &mut data);
        let mut blob = Writer::new();
        blob.sized(&context.integrity(proof, clock, &data));
        blob.bytes(&data);
        context.blob = Buffer::new(&blob.finish());
        context
    }

    /// What was saved, if this TPM saved it and nothing came between that ends it.
    pub(crate) fn open(&self, roots: &Roots, clock: &Clock) -> Result<Slot, Rc> {
        let proof = &roots.get(self.hierarchy).proof;
        let mut blob = Reader::new(&self.blob);
        let integrity = blob.sized(CONTEXT_HASH.digest_size())?;
        let mut data = zeroize::Zeroizing::new(blob.bytes(blob.len())?.to_vec());
        if !equal(integrity, &self.integrity(proof, clock, &data)) {
            return Err(Rc::INTEGRITY);
        }
        let (key, iv) = self.key(proof);
        cfb::decrypt(&key, &iv, &mut data);
        let mut reader = Reader::new(&data);
        let slot = Slot::read(&mut reader)?;
        reader.end()?;
        Ok(slot)
    }

    /// Key and initialisation vector, never twice the same since the sequence number never is.
    fn key(&self, proof: &[u8]) -> ([u8; cfb::KEY], [u8; cfb::BLOCK]) {
        let (sequence, handle) = (self.sequence.to_be_bytes(), self.saved_handle.to_be_bytes());
        let derived = kdfa(CONTEXT_HASH, proof, "CONTEXT", &sequence, &handle, cfb::KEY + cfb::BLOCK);
        (core::array::from_fn(|index| derived[index]), core::array::from_fn(|index| derived[cfb::KEY + index]))
    }

    /// A context does not outlive a TPM Reset, nor one of an stClear object any TPM2_Startup(CLEAR).
    fn integrity(&self, proof: &[u8], clock: &Clock, encrypted: &[u8]) -> Digest {
        let clears = if self.saved_handle == TRANSIENT_FIRST + 2 { clock.clear_count } else { 0 };
        let header = [
            &clock.reset_count.to_be_bytes()[..],
            &clears.to_be_bytes(),
            &self.sequence.to_be_bytes(),
            &self.saved_handle.to_be_bytes(),
        ];
        hmac(CONTEXT_HASH, proof, &[header[0], header[1], header[2], header[3], encrypted])
    }
}

impl Wire for Context {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let sequence = reader.u64()?;
        let saved_handle = match reader.u32()? {
            handle if (TRANSIENT_FIRST..TRANSIENT_FIRST + 3).contains(&handle) => handle,
            // A session that was saved; but none ever is.
            handle if [kind::HMAC_SESSION, kind::POLICY_SESSION].contains(&kind_of(handle)) => {
                return Err(Rc::HANDLE);
            }
            _ => return Err(Rc::VALUE),
        };
        Ok(Self { sequence, saved_handle, hierarchy: Wire::read(reader)?, blob: Wire::read(reader)? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.u64(self.sequence);
        writer.u32(self.saved_handle);
        writer.put(&self.hierarchy);
        writer.put(&self.blob);
    }
}
