//! The transient objects: a few numbered places, as a TPM has.

use super::Object;
use super::sequence::Sequence;
use crate::rc::Rc;
use crate::types::handle::{TRANSIENT_FIRST, kind, kind_of};
use crate::wire::{Reader, Wire, Writer};
use alloc::boxed::Box;

/// TPM_PT_HR_TRANSIENT_MIN, and no more: as many as libtpms has, which is what callers are used to.
pub(crate) const COUNT: usize = 3;

/// Something with a transient handle.
#[derive(Clone)]
pub(crate) enum Slot {
    Object(Box<Object>),
    Sequence(Box<Sequence>),
}

/// The places.
#[derive(Default)]
pub(crate) struct Slots([Option<Slot>; COUNT]);

impl Slots {
    pub(crate) fn get(&self, handle: u32) -> Option<&Slot> {
        self.0.get(index(handle)?)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, handle: u32) -> Option<&mut Slot> {
        self.0.get_mut(index(handle)?)?.as_mut()
    }

    /// TPM_RC_OBJECT_MEMORY if there is no place: asked before work is done for nothing.
    pub(crate) fn check_free(&self) -> Result<(), Rc> {
        if self.free() > 0 { Ok(()) } else { Err(Rc::OBJECT_MEMORY) }
    }

    /// How many places are free.
    pub(crate) fn free(&self) -> usize {
        self.0.iter().filter(|slot| slot.is_none()).count()
    }

    /// Puts it into the first free place, and gives its handle.
    pub(crate) fn insert(&mut self, slot: Slot) -> Result<u32, Rc> {
        let index = self.0.iter().position(Option::is_none).ok_or(Rc::OBJECT_MEMORY)?;
        self.0[index] = Some(slot);
        Ok(handle(index))
    }

    pub(crate) fn remove(&mut self, handle: u32) -> Option<Slot> {
        self.0.get_mut(index(handle)?)?.take()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The handles in use, ascending.
    pub(crate) fn handles(&self) -> impl Iterator<Item = u32> {
        self.0.iter().enumerate().filter(|(_, slot)| slot.is_some()).map(|(index, _)| handle(index))
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        for slot in &self.0 {
            match slot {
                None => writer.u8(0),
                Some(slot) => writer.put(slot),
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let mut slots = Self::default();
        for slot in &mut slots.0 {
            let mut ahead = *reader;
            if ahead.u8()? == 0 {
                *reader = ahead;
            } else {
                *slot = Some(Wire::read(reader)?);
            }
        }
        Ok(slots)
    }
}

/// A tag, then the object or the sequence: the form in saved contexts and states.
impl Wire for Slot {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        match reader.u8()? {
            1 => Ok(Self::Object(Box::new(Wire::read(reader)?))),
            2 => Ok(Self::Sequence(Box::new(Wire::read(reader)?))),
            _ => Err(Rc::VALUE),
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Object(object) => {
                writer.u8(1);
                writer.put(&**object);
            }
            Self::Sequence(sequence) => {
                writer.u8(2);
                writer.put(&**sequence);
            }
        }
    }
}

fn index(handle: u32) -> Option<usize> {
    (kind_of(handle) == kind::TRANSIENT).then(|| (handle - TRANSIENT_FIRST) as usize)
}

fn handle(index: usize) -> u32 {
    TRANSIENT_FIRST + index as u32
}
