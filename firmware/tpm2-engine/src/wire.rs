//! Reading and writing structures in their canonical form: big-endian, packed, sizes before contents.

use crate::rc::Rc;
use alloc::vec::Vec;

/// What is left of a command, or of a stored state.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes, or TPM_RC_INSUFFICIENT.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Rc> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Rc::INSUFFICIENT)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Rc> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Rc::INSUFFICIENT)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Rc> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Rc> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Rc> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Rc> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// The contents of a TPM2B of bytes, at most `max` of them.
    pub(crate) fn sized(&mut self, max: usize) -> Result<&'a [u8], Rc> {
        let size = usize::from(self.u16()?);
        if size > max {
            return Err(Rc::SIZE);
        }
        self.bytes(size)
    }

    /// A TPM2B that holds one structure, which must be there and fill it exactly. As in the reference code, the
    /// structure is read first and the size compared after, so that a fault inside is reported before a wrong size.
    pub(crate) fn structure<T: Wire>(&mut self) -> Result<T, Rc> {
        let size = usize::from(self.u16()?);
        if size == 0 {
            return Err(Rc::SIZE);
        }
        let before = self.len();
        let value = T::read(self)?;
        if before - self.len() == size { Ok(value) } else { Err(Rc::SIZE) }
    }

    /// Like [`Self::structure`], but an empty TPM2B stands for nothing.
    pub(crate) fn optional_structure<T: Wire>(&mut self) -> Result<Option<T>, Rc> {
        let mut ahead = *self;
        if ahead.u16()? == 0 {
            *self = ahead;
            return Ok(None);
        }
        self.structure().map(Some)
    }

    pub(crate) fn end(&self) -> Result<(), Rc> {
        if self.rest.is_empty() { Ok(()) } else { Err(Rc::SIZE) }
    }
}

/// A value that has a canonical form.
pub(crate) trait Wire: Sized {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc>;
    fn write(&self, writer: &mut Writer);
}

/// A response, or a stored state, in the making.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn put(&mut self, value: &impl Wire) {
        value.write(self);
    }

    /// A TPM2B of bytes. Nothing that the engine makes comes near 64 KiB; a size field would saturate.
    pub(crate) fn sized(&mut self, bytes: &[u8]) {
        let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.u16(size);
        self.bytes(&bytes[..usize::from(size)]);
    }

    /// A TPM2B that holds one structure.
    pub(crate) fn structure(&mut self, value: &impl Wire) {
        self.sized(&to_bytes(value));
    }

    /// A list as a TPML: count, then elements.
    pub(crate) fn list<T: Wire>(&mut self, list: &[T]) {
        self.u32(count(list));
        for element in list {
            self.put(element);
        }
    }
}

/// The length of a list as TPML and capabilities count.
pub(crate) fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// The canonical form of one value.
pub(crate) fn to_bytes(value: &impl Wire) -> Vec<u8> {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer.finish()
}

/// A TPML with at most `max` elements: more is TPM_RC_SIZE, before any is read.
pub(crate) fn read_list<T: Wire>(reader: &mut Reader<'_>, max: u32) -> Result<Vec<T>, Rc> {
    let count = reader.u32()?;
    if count > max {
        return Err(Rc::SIZE);
    }
    (0..count).map(|_| T::read(reader)).collect()
}

macro_rules! integers {
    ($($type:ident)*) => {$(
        impl Wire for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
                reader.$type()
            }

            fn write(&self, writer: &mut Writer) {
                writer.$type(*self);
            }
        }
    )*};
}

integers! { u8 u16 u32 u64 }

/// A TPM2B of at most `MAX` bytes, wiped when dropped: many of these are secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Buffer<const MAX: usize>(zeroize::Zeroizing<Vec<u8>>);

impl<const MAX: usize> Buffer<MAX> {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        debug_assert!(bytes.len() <= MAX, "a buffer made by the engine fits");
        Self(bytes.to_vec().into())
    }
}

impl<const MAX: usize> core::ops::Deref for Buffer<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> Wire for Buffer<MAX> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self::new(reader.sized(MAX)?))
    }

    fn write(&self, writer: &mut Writer) {
        writer.sized(self);
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, Reader, Writer, read_list};
    use crate::rc::Rc;

    #[test]
    fn a_size_is_checked_against_the_limit_before_the_bytes() {
        assert_eq!(Reader::new(&[0, 3, 1]).sized(2), Err(Rc::SIZE));
        assert_eq!(Reader::new(&[0, 3, 1]).sized(3), Err(Rc::INSUFFICIENT));
        assert_eq!(Reader::new(&[0, 1, 7]).sized(3), Ok(&[7][..]));
    }

    #[test]
    fn a_structure_fills_its_size_exactly() {
        assert_eq!(Reader::new(&[0, 0]).structure::<u16>(), Err(Rc::SIZE));
        assert_eq!(Reader::new(&[0, 3, 1, 2, 3]).structure::<u16>(), Err(Rc::SIZE));
        assert_eq!(Reader::new(&[0, 2, 1, 2]).structure::<u16>(), Ok(0x0102));
        assert_eq!(Reader::new(&[0, 0]).optional_structure::<u16>(), Ok(None));
    }

    #[test]
    fn a_list_that_claims_too_much_is_refused_before_it_is_read() {
        assert_eq!(read_list::<u16>(&mut Reader::new(&[255, 255, 255, 255]), 64), Err(Rc::SIZE));
        assert_eq!(read_list::<u16>(&mut Reader::new(&[0, 0, 0, 2, 0, 1]), 64), Err(Rc::INSUFFICIENT));
    }

    #[test]
    fn a_buffer_is_written_with_its_size() {
        let mut writer = Writer::new();
        writer.put(&Buffer::<4>::new(&[1, 2]));
        assert_eq!(writer.finish(), [0, 2, 1, 2]);
    }
}
