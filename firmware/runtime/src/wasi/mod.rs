//! WASI preview 2, as far as a component that was built with a libc imports it.
//!
//! Purpose: a component from an ordinary toolchain links and runs. It gets random numbers, clocks and a console; its
//! environment, arguments and preopened folders are empty, and its standard input is at its end. What could only be
//! reached with a folder or a terminal ends the guest with a sentence.
//!
//! Contract: interfaces are offered as version 0.2.0, and wasmtime links any 0.2.x to that (semantic versioning; 0.2.x
//! only ever adds). Limits: of what later 0.2.x add, only `exit-with-code` is here, being the one that libc calls.
//!
//! Functions are linked by hand rather than by `bindgen!`: most of them only have to exist, which takes their names but
//! not their types, and so neither WASI's WIT files nor a resource table are needed.

mod cli;
mod clocks;
mod filesystem;
mod io;
mod random;

use crate::Services;
use alloc::format;
use wasmtime::component::{Linker, LinkerInstance};
use wasmtime::{Error, Result};

/// Where a store keeps the services.
type Get<T> = fn(&mut T) -> &mut Services;

/// Offers WASI to guests whose store holds [`Services`], found by `services`.
///
/// # Errors
/// When an interface of that name is in the linker already.
pub fn add_wasi_to_linker<T: 'static>(linker: &mut Linker<T>, services: fn(&mut T) -> &mut Services) -> Result<()> {
    io::add(linker, services)?;
    clocks::add(linker, services)?;
    random::add(linker, services)?;
    filesystem::add(linker)?;
    cli::add(linker)
}

/// The interface `wasi:{name}` to be filled.
fn interface<'a, T: 'static>(linker: &'a mut Linker<T>, name: &str) -> Result<LinkerInstance<'a, T>> {
    linker.instance(&format!("wasi:{name}@0.2.0"))
}

/// Functions that only have to exist: a call ends the guest.
fn traps<T: 'static>(instance: &mut LinkerInstance<'_, T>, names: &'static [&'static str]) -> Result<()> {
    names.iter().try_for_each(|name| {
        instance.func_new(name, move |_, _, _, _| Err(Error::msg(format!("WASI's `{name}` is not offered here"))))
    })
}
