//! One command being executed: where it takes its parameters from and puts its response.

use crate::machine::Machine;
use crate::object::Object;
use crate::platform::Platform;
use crate::rc::Rc;
use crate::types::handle::RH_NULL;
use crate::wire::{Reader, Wire, Writer};
use alloc::vec::Vec;

/// A command whose handles and authorisations were found good.
pub(crate) struct Call<'a> {
    pub(crate) platform: &'a mut dyn Platform,
    handles: &'a [u32],
    input: Reader<'a>,
    /// The number of the parameter that was read last.
    parameter: u32,
    response_handle: Option<u32>,
    /// The parameters of the response.
    pub(crate) out: Writer,
}

impl<'a> Call<'a> {
    pub(crate) fn new(platform: &'a mut dyn Platform, handles: &'a [u32], input: Reader<'a>) -> Self {
        Self { platform, handles, input, parameter: 0, response_handle: None, out: Writer::new() }
    }

    /// The handle at `index`, from zero. The table of commands says how many there are.
    pub(crate) fn handle(&self, index: usize) -> u32 {
        self.handles[index]
    }

    /// The object of the handle at `index`, or `error` there if the handle is of a sequence.
    pub(crate) fn object<'m>(&self, machine: &'m Machine, index: usize, error: Rc) -> Result<&'m Object, Rc> {
        machine.object(self.handle(index)).ok_or(error.handle(index as u32 + 1))
    }

    /// Like [`Self::object`], but TPM_RH_NULL is no object.
    pub(crate) fn optional_object<'m>(
        &self,
        machine: &'m Machine,
        index: usize,
        error: Rc,
    ) -> Result<Option<&'m Object>, Rc> {
        if self.handle(index) == RH_NULL { Ok(None) } else { self.object(machine, index, error).map(Some) }
    }

    /// The next parameter. What is wrong with it is reported with its number.
    pub(crate) fn take<T: Wire>(&mut self) -> Result<T, Rc> {
        self.take_with(T::read)
    }

    /// The next parameter, by a reader of its own.
    pub(crate) fn take_with<T>(&mut self, read: impl FnOnce(&mut Reader<'a>) -> Result<T, Rc>) -> Result<T, Rc> {
        self.parameter += 1;
        read(&mut self.input).map_err(|rc| rc.parameter(self.parameter))
    }

    /// There were no parameters but those that were taken.
    pub(crate) fn end(&self) -> Result<(), Rc> {
        self.input.end()
    }

    pub(crate) fn respond_with_handle(&mut self, handle: u32) {
        self.response_handle = Some(handle);
    }

    pub(crate) fn finish(self) -> (Option<u32>, Vec<u8>) {
        (self.response_handle, self.out.finish())
    }
}
