//! TPMT_PUBLIC (Part 2, section 12.2.4), for the object types that the engine has.

use super::attributes::Attributes;
use super::scheme::Scheme;
use super::symmetric::Symmetric;
use super::{Name, Tpm2bDigest};
use crate::crypto::ecc;
use crate::crypto::hash::{ALG_NULL, HashAlg, hash};
use crate::rc::Rc;
use crate::wire::{Buffer, Reader, Wire, Writer, to_bytes};
use alloc::vec::Vec;

pub(crate) const ALG_KEYEDHASH: u16 = 0x0008;
pub(crate) const ALG_ECC: u16 = 0x0023;
/// TPM_ECC_NIST_P256.
pub(crate) const P256: u16 = 0x0003;

/// TPM2B_ECC_PARAMETER.
pub(crate) type EccParameter = Buffer<{ ecc::SIZE }>;

/// The public area of an object.
#[derive(Clone)]
pub(crate) struct Public {
    pub(crate) name_alg: Option<HashAlg>,
    pub(crate) attributes: Attributes,
    pub(crate) auth_policy: Tpm2bDigest,
    pub(crate) kind: Kind,
}

/// The type of an object with the parameters and the unique value that it has.
#[derive(Clone)]
pub(crate) enum Kind {
    KeyedHash { scheme: Scheme, unique: Tpm2bDigest },
    Ecc { symmetric: Symmetric, scheme: Scheme, x: EccParameter, y: EccParameter },
}

impl Public {
    pub(crate) fn has(&self, attributes: u32) -> bool {
        self.attributes.has(attributes)
    }

    /// The algorithm identifier of the object's type.
    pub(crate) fn alg(&self) -> u16 {
        match self.kind {
            Kind::KeyedHash { .. } => ALG_KEYEDHASH,
            Kind::Ecc { .. } => ALG_ECC,
        }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        match self.kind {
            Kind::KeyedHash { scheme, .. } | Kind::Ecc { scheme, .. } => scheme,
        }
    }

    /// nameAlg and the digest of the public area; empty if there is no nameAlg (Part 1, section 16).
    pub(crate) fn name(&self) -> Name {
        self.name_alg.map_or_else(Name::default, |alg| named(alg, &[&to_bytes(self)]))
    }

    fn read(reader: &mut Reader<'_>, nameless: bool) -> Result<Self, Rc> {
        let alg = read_type(reader)?;
        let name_alg = <Option<HashAlg>>::read(reader)?;
        if name_alg.is_none() && !nameless {
            return Err(Rc::HASH);
        }
        let attributes = Attributes::read(reader)?;
        let auth_policy = Wire::read(reader)?;
        let kind = if alg == ALG_ECC { Kind::read_ecc(reader)? } else { Kind::read_keyed_hash(reader)? };
        Ok(Self { name_alg, attributes, auth_policy, kind })
    }
}

/// TPMI_ALG_PUBLIC.
pub(crate) fn read_type(reader: &mut Reader<'_>) -> Result<u16, Rc> {
    match reader.u16()? {
        alg @ (ALG_KEYEDHASH | ALG_ECC) => Ok(alg),
        _ => Err(Rc::TYPE),
    }
}

/// A Name, or a Qualified Name: the algorithm, then the digest of the parts.
pub(crate) fn named(alg: HashAlg, parts: &[&[u8]]) -> Name {
    let mut name = Vec::from(alg.id().to_be_bytes());
    name.extend_from_slice(&hash(alg, parts));
    Name::new(&name)
}

impl Kind {
    fn read_keyed_hash(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self::KeyedHash { scheme: Scheme::read_keyed_hash(reader)?, unique: Wire::read(reader)? })
    }

    /// TPMS_ECC_PARMS and TPMS_ECC_POINT. No key derivation function is defined for use with a key but TPM_ALG_NULL.
    fn read_ecc(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let symmetric = Symmetric::read(reader)?;
        let scheme = Scheme::read_ecc(reader)?;
        if reader.u16()? != P256 {
            return Err(Rc::CURVE);
        }
        if reader.u16()? != ALG_NULL {
            return Err(Rc::KDF);
        }
        Ok(Self::Ecc { symmetric, scheme, x: Wire::read(reader)?, y: Wire::read(reader)? })
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::KeyedHash { scheme, unique } => {
                scheme.write(writer);
                writer.put(unique);
            }
            Self::Ecc { symmetric, scheme, x, y } => {
                writer.put(symmetric);
                scheme.write(writer);
                writer.u16(P256);
                writer.u16(ALG_NULL);
                writer.put(x);
                writer.put(y);
            }
        }
    }
}

/// A public area that may be without a name, as TPM2_LoadExternal takes it.
impl Wire for Public {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Self::read(reader, true)
    }

    fn write(&self, writer: &mut Writer) {
        writer.u16(self.alg());
        writer.put(&self.name_alg);
        writer.put(&self.attributes);
        writer.put(&self.auth_policy);
        self.kind.write(writer);
    }
}

/// The public area of an object to be made, which must have a nameAlg.
pub(crate) struct Template(pub(crate) Public);

impl Wire for Template {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Public::read(reader, false).map(Self)
    }

    fn write(&self, writer: &mut Writer) {
        writer.put(&self.0);
    }
}
