//! What the TPM has, as TPM2_GetCapability lists it.

use crate::crypto::hash::HashAlg;
use crate::pcr::{COUNT, Rules, rules};
use crate::rc::Rc;
use crate::types::handle::{Hierarchy, RS_PW};
use crate::types::pcr_selection::SELECT;
use crate::types::public::{ALG_ECC, ALG_KEYEDHASH};
use crate::types::scheme::{ALG_ECDSA, ALG_HMAC};
use crate::types::symmetric::{ALG_AES, ALG_CFB};
use crate::wire::{Reader, Wire, Writer};
use alloc::vec::Vec;

/// TPM_ALG_KDF1_SP800_108: what primary keys are derived with.
const ALG_KDF1_SP800_108: u16 = 0x0022;

/// TPMS_ALG_PROPERTY: an algorithm and what it is, as TPMA_ALGORITHM.
pub(super) struct Algorithm {
    pub(super) id: u16,
    attributes: u32,
}

/// TPMA_ALGORITHM.
const ASYMMETRIC: u32 = 1 << 0;
const SYMMETRIC: u32 = 1 << 1;
const HASH: u32 = 1 << 2;
const OBJECT: u32 = 1 << 3;
const SIGNING: u32 = 1 << 8;
const ENCRYPTING: u32 = 1 << 9;
const METHOD: u32 = 1 << 10;

const fn algorithm(id: u16, attributes: u32) -> Algorithm {
    Algorithm { id, attributes }
}

/// TPM_CAP_ALGS, with the attributes that the TCG's registry gives.
pub(super) const ALGORITHMS: &[Algorithm] = &[
    algorithm(HashAlg::Sha1 as u16, HASH),
    algorithm(ALG_HMAC, HASH | SIGNING),
    algorithm(ALG_AES, SYMMETRIC),
    algorithm(ALG_KEYEDHASH, HASH | OBJECT | SIGNING | ENCRYPTING),
    algorithm(HashAlg::Sha256 as u16, HASH),
    algorithm(HashAlg::Sha384 as u16, HASH),
    algorithm(HashAlg::Sha512 as u16, HASH),
    algorithm(ALG_ECDSA, ASYMMETRIC | SIGNING),
    algorithm(ALG_KDF1_SP800_108, HASH | METHOD),
    algorithm(ALG_ECC, ASYMMETRIC | OBJECT),
    algorithm(ALG_CFB, SYMMETRIC | ENCRYPTING),
];

/// Permanent handles that some command takes.
pub(super) const PERMANENT_HANDLES: [u32; 5] =
    [Hierarchy::Owner as u32, Hierarchy::Null as u32, RS_PW, Hierarchy::Endorsement as u32, Hierarchy::Platform as u32];

/// TPMS_TAGGED_PCR_SELECT: the PCRs that have a property.
pub(super) struct PcrProperty {
    pub(super) id: u32,
    select: [u8; SELECT],
}

/// TPM_CAP_PCR_PROPERTIES, in the order of TPM_PT_PCR.
pub(super) fn pcr_properties() -> Vec<PcrProperty> {
    /// What a PCR must be like to have the property.
    type Test = fn(&Rules) -> bool;
    const PROPERTIES: [(u32, Test); 13] = [
        (0x00, |rules| rules.saved),
        (0x01, |rules| rules.extend & 1 != 0),
        (0x02, |rules| rules.reset & 1 != 0),
        (0x03, |rules| rules.extend & 1 << 1 != 0),
        (0x04, |rules| rules.reset & 1 << 1 != 0),
        (0x05, |rules| rules.extend & 1 << 2 != 0),
        (0x06, |rules| rules.reset & 1 << 2 != 0),
        (0x07, |rules| rules.extend & 1 << 3 != 0),
        (0x08, |rules| rules.reset & 1 << 3 != 0),
        (0x09, |rules| rules.extend & 1 << 4 != 0),
        (0x0A, |rules| rules.reset & 1 << 4 != 0),
        (0x11, |rules| !rules.counted),
        (0x12, Rules::dynamic),
    ];
    PROPERTIES.map(|(id, test)| PcrProperty { id, select: select(test) }).into()
}

fn select(test: fn(&Rules) -> bool) -> [u8; SELECT] {
    let mut select = [0; SELECT];
    for pcr in (0..COUNT).filter(|pcr| test(&rules(*pcr))) {
        select[pcr / 8] |= 1 << (pcr % 8);
    }
    select
}

impl Wire for Algorithm {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self { id: reader.u16()?, attributes: reader.u32()? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.u16(self.id);
        writer.u32(self.attributes);
    }
}

impl Wire for PcrProperty {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let id = reader.u32()?;
        reader.u8()?;
        Ok(Self { id, select: reader.array()? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.u32(self.id);
        writer.u8(SELECT as u8);
        writer.bytes(&self.select);
    }
}
