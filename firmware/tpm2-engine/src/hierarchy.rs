//! The hierarchies (Part 1, section 14): for each a seed that primary objects grow from, a proof that tickets and
//! saved contexts are made with, and an authorisation value.

use crate::crypto::drbg::Drbg;
use crate::platform::Platform;
use crate::rc::Rc;
use crate::types::Auth;
use crate::types::handle::Hierarchy;
use crate::wire::{Buffer, Reader, Wire, Writer};

/// Bytes in a seed and in a proof: twice the security strength of the strongest key (Part 1, section 14.4).
const SECRET: usize = 32;

/// What the TPM knows about one hierarchy.
#[derive(Clone)]
pub(crate) struct Root {
    pub(crate) seed: Buffer<SECRET>,
    pub(crate) proof: Buffer<SECRET>,
    pub(crate) auth: Auth,
}

impl Root {
    pub(crate) fn generate(drbg: &mut Drbg, platform: &mut dyn Platform) -> Self {
        let seed = Buffer::new(&drbg.array::<SECRET>(platform));
        let proof = Buffer::new(&drbg.array::<SECRET>(platform));
        Self { seed, proof, auth: Auth::default() }
    }
}

impl Wire for Root {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let root = Self { seed: Wire::read(reader)?, proof: Wire::read(reader)?, auth: Wire::read(reader)? };
        if root.seed.len() == SECRET && root.proof.len() == SECRET { Ok(root) } else { Err(Rc::SIZE) }
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.seed);
        writer.put(&self.proof);
        writer.put(&self.auth);
    }
}

/// All four.
pub(crate) struct Roots {
    pub(crate) owner: Root,
    pub(crate) endorsement: Root,
    pub(crate) platform: Root,
    /// New at every TPM Reset, so that nothing of this hierarchy outlives one.
    pub(crate) null: Root,
}

impl Roots {
    pub(crate) fn generate(drbg: &mut Drbg, platform: &mut dyn Platform) -> Self {
        Self {
            owner: Root::generate(drbg, platform),
            endorsement: Root::generate(drbg, platform),
            platform: Root::generate(drbg, platform),
            null: Root::generate(drbg, platform),
        }
    }

    pub(crate) fn get(&self, hierarchy: Hierarchy) -> &Root {
        match hierarchy {
            Hierarchy::Owner => &self.owner,
            Hierarchy::Endorsement => &self.endorsement,
            Hierarchy::Platform => &self.platform,
            Hierarchy::Null => &self.null,
        }
    }
}

impl Wire for Roots {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self {
            owner: Wire::read(reader)?,
            endorsement: Wire::read(reader)?,
            platform: Wire::read(reader)?,
            null: Wire::read(reader)?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.owner);
        writer.put(&self.endorsement);
        writer.put(&self.platform);
        writer.put(&self.null);
    }
}
