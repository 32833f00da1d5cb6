//! What a guest holds by handle.
//!
//! wasmtime's own resource table wants its values to be `Send`, which firmware's pointers are not, and bounds all kinds
//! together. Here each kind has a limit of its own, and whatever a guest leaves is dropped with the store.

use crate::bindings::tegmentum::uefi::types::Status;
use alloc::vec::Vec;
use wasmtime::component::Resource;

/// The values of one kind, each known to wasmtime by its index.
#[derive(Debug)]
pub struct Slots<T: 'static> {
    entries: Vec<Option<T>>,
    limit: usize,
}

impl<T: 'static> Slots<T> {
    /// No values, and room for `limit` at a time.
    pub const fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), limit }
    }

    /// How many more fit.
    pub fn room(&self) -> usize {
        self.limit - self.iter().count()
    }

    /// The values that are there.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().flatten()
    }

    /// Keeps a value and makes the handle that the guest gets.
    ///
    /// # Errors
    /// `OutOfResources` when there is no room; the value is then dropped.
    pub fn push(&mut self, value: T) -> Result<Resource<T>, Status> {
        if self.room() == 0 {
            return Err(Status::OutOfResources);
        }
        let free = self.entries.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() - 1
        });
        self.entries[index] = Some(value);
        u32::try_from(index).map(Resource::new_own).map_err(|_| Status::OutOfResources)
    }

    /// The value behind a handle.
    ///
    /// # Errors
    /// Never for a guest's handle: wasmtime gives back no index that it was not given here. `InvalidParameter` instead
    /// of a panic should that ever not hold.
    pub fn get(&mut self, handle: &Resource<T>) -> Result<&mut T, Status> {
        let index = usize::try_from(handle.rep()).unwrap_or(usize::MAX);
        self.entries.get_mut(index).and_then(Option::as_mut).ok_or(Status::InvalidParameter)
    }

    /// Takes a value out, so that dropping it frees what it stands for.
    pub fn remove(&mut self, handle: &Resource<T>) -> Option<T> {
        let index = usize::try_from(handle.rep()).unwrap_or(usize::MAX);
        self.entries.get_mut(index).and_then(Option::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_handle_until_it_is_removed() {
        let mut slots = Slots::new(2);
        let handle = slots.push("kept").unwrap();
        assert_eq!(slots.get(&handle).copied(), Ok("kept"));
        assert_eq!(slots.remove(&handle), Some("kept"));
        assert_eq!(slots.get(&handle), Err(Status::InvalidParameter));
        assert_eq!(slots.remove(&handle), None);
    }

    #[test]
    fn no_more_than_the_limit_are_held_and_room_comes_back() {
        let mut slots = Slots::new(2);
        let first = slots.push(1).unwrap();
        slots.push(2).unwrap();
        assert!(matches!(slots.push(3), Err(Status::OutOfResources)));
        slots.remove(&first);
        assert_eq!(slots.room(), 1);
        assert_eq!(slots.push(4).unwrap().rep(), first.rep());
    }

    #[test]
    fn what_is_left_is_dropped_with_the_slots() {
        let value = alloc::rc::Rc::new(());
        let mut slots = Slots::new(1);
        slots.push(value.clone()).unwrap();
        drop(slots);
        assert_eq!(alloc::rc::Rc::strong_count(&value), 1);
    }
}
