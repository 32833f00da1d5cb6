//! The hash algorithms.

use crate::rc::Rc;
use crate::wire::{Reader, Wire, Writer};
use core::ops::Deref;
use sha2::Digest as _;

/// TPMI_ALG_HASH without TPM_ALG_NULL, which is `None` of an `Option<HashAlg>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub(crate) enum HashAlg {
    Sha1 = 0x0004,
    Sha256 = 0x000B,
    Sha384 = 0x000C,
    Sha512 = 0x000D,
}

/// TPM_ALG_NULL.
pub(crate) const ALG_NULL: u16 = 0x0010;

/// The size of the largest digest.
pub(crate) const MAX_DIGEST: usize = 64;

impl HashAlg {
    pub(crate) const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    pub(crate) fn id(self) -> u16 {
        self as u16
    }

    pub(crate) fn from_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.id() == id)
    }

    /// Bytes in a digest.
    pub(crate) fn digest_size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Bytes in a block of the compression function.
    pub(crate) fn block_size(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }
}

impl Wire for HashAlg {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Self::from_id(reader.u16()?).ok_or(Rc::HASH)
    }

    fn write(&self, writer: &mut Writer) {
        writer.u16(self.id());
    }
}

/// TPMI_ALG_HASH+.
impl Wire for Option<HashAlg> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u16()? {
            ALG_NULL => Ok(None),
            id => HashAlg::from_id(id).map(Some).ok_or(Rc::HASH),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.u16(self.map_or(ALG_NULL, HashAlg::id));
    }
}

/// A digest, or another value of that size: no heap.
#[derive(Clone, Copy)]
pub(crate) struct Digest {
    bytes: [u8; MAX_DIGEST],
    size: usize,
}

impl Digest {
    /// Zeros, or other repeated bytes, in the size of `alg`.
    pub(crate) fn filled(alg: HashAlg, byte: u8) -> Self {
        Self { bytes: [byte; MAX_DIGEST], size: alg.digest_size() }
    }

    pub(crate) fn from_slice(slice: &[u8]) -> Self {
        let mut bytes = [0; MAX_DIGEST];
        let size = slice.len().min(MAX_DIGEST);
        bytes[..size].copy_from_slice(&slice[..size]);
        Self { bytes, size }
    }

    /// Reads the digest of `alg`, which has no size field of its own.
    pub(crate) fn read(reader: &mut Reader<'_>, alg: HashAlg) -> Result<Self, Rc> {
        reader.bytes(alg.digest_size()).map(Self::from_slice)
    }

    pub(crate) fn last_mut(&mut self) -> &mut u8 {
        &mut self.bytes[self.size - 1]
    }
}

impl Deref for Digest {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.size]
    }
}

/// The digest of the parts in order.
pub(crate) fn hash(alg: HashAlg, parts: &[&[u8]]) -> Digest {
    fn run<D: sha2::Digest>(parts: &[&[u8]]) -> Digest {
        let mut state = D::new();
        for part in parts {
            state.update(part);
        }
        Digest::from_slice(&state.finalize())
    }
    match alg {
        HashAlg::Sha1 => run::<sha1::Sha1>(parts),
        HashAlg::Sha256 => run::<sha2::Sha256>(parts),
        HashAlg::Sha384 => run::<sha2::Sha384>(parts),
        HashAlg::Sha512 => run::<sha2::Sha512>(parts),
    }
}

/// A digest in the making.
#[derive(Clone)]
pub(crate) enum HashState {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl HashState {
    pub(crate) fn new(alg: HashAlg) -> Self {
        match alg {
            HashAlg::Sha1 => Self::Sha1(Default::default()),
            HashAlg::Sha256 => Self::Sha256(Default::default()),
            HashAlg::Sha384 => Self::Sha384(Default::default()),
            HashAlg::Sha512 => Self::Sha512(Default::default()),
        }
    }

    pub(crate) fn alg(&self) -> HashAlg {
        match self {
            Self::Sha1(_) => HashAlg::Sha1,
            Self::Sha256(_) => HashAlg::Sha256,
            Self::Sha384(_) => HashAlg::Sha384,
            Self::Sha512(_) => HashAlg::Sha512,
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha1(state) => state.update(data),
            Self::Sha256(state) => state.update(data),
            Self::Sha384(state) => state.update(data),
            Self::Sha512(state) => state.update(data),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        match self {
            Self::Sha1(state) => Digest::from_slice(&state.finalize()),
            Self::Sha256(state) => Digest::from_slice(&state.finalize()),
            Self::Sha384(state) => Digest::from_slice(&state.finalize()),
            Self::Sha512(state) => Digest::from_slice(&state.finalize()),
        }
    }
}
