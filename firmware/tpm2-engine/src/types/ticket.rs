//! Tickets (Part 2, section 10.7): what the TPM attests to itself, so that it need not remember.

use super::Tpm2bDigest;
use super::handle::Hierarchy;
use crate::crypto::hash::{Digest, HashAlg};
use crate::crypto::hmac::hmac;
use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};

/// TPM_PT_CONTEXT_HASH: the algorithm of tickets, of saved contexts and of what else only this TPM reads.
pub(crate) const CONTEXT_HASH: HashAlg = HashAlg::Sha512;

/// The structure tag of a ticket, which also separates the HMACs.
pub(crate) mod tag {
    /// TPM_ST_CREATION.
    pub(crate) const CREATION: u16 = 0x8021;
    /// TPM_ST_VERIFIED.
    pub(crate) const VERIFIED: u16 = 0x8022;
    /// TPM_ST_HASHCHECK.
    pub(crate) const HASHCHECK: u16 = 0x8024;
}

/// TPMT_TK_CREATION, TPMT_TK_VERIFIED or TPMT_TK_HASHCHECK.
pub(crate) struct Ticket {
    tag: u16,
    pub(crate) hierarchy: Hierarchy,
    pub(crate) digest: Tpm2bDigest,
}

impl Ticket {
    /// A ticket that proves nothing.
    pub(crate) fn null(tag: u16) -> Self {
        Self { tag, hierarchy: Hierarchy::Null, digest: Tpm2bDigest::default() }
    }

    /// A ticket over the parts, by the proof of the hierarchy.
    pub(crate) fn new(tag: u16, hierarchy: Hierarchy, proof: &[u8], parts: [&[u8]; 2]) -> Self {
        let digest: Digest = hmac(CONTEXT_HASH, proof, &[&tag.to_be_bytes(), parts[0], parts[1]]);
        Self { tag, hierarchy, digest: Tpm2bDigest::new(&digest) }
    }

    /// That `digest` was computed by the TPM over data that does not begin like what the TPM itself signs. As in the
    /// reference code the hash algorithm is part of it: Part 2 leaves open which one made the digest.
    pub(crate) fn hash_check(hierarchy: Hierarchy, proof: &[u8], alg: HashAlg, digest: &[u8]) -> Self {
        Self::new(tag::HASHCHECK, hierarchy, proof, [&alg.id().to_be_bytes(), digest])
    }

    /// TPMT_TK_HASHCHECK.
    pub(crate) fn read_hash_check(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u16()? {
            tag::HASHCHECK => {
                Ok(Self { tag: tag::HASHCHECK, hierarchy: Wire::read(reader)?, digest: Wire::read(reader)? })
            }
            _ => Err(Rc::TAG),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u16(self.tag);
        writer.put(&self.hierarchy);
        writer.put(&self.digest);
    }
}
