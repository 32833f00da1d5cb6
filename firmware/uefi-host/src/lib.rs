//! The host side of `tegmentum:uefi`.
//!
//! Purpose: to answer a guest's imports with UEFI services, and to choose how guests are executed. Contract: boot services are active for as long as a guest
//! runs. Limits: one file per interface; interfaces that no guest uses yet are not there.
#![no_std]

extern crate alloc;

mod clock;
mod code_pages;
mod console;
mod machine;
pub mod medium;
mod processor;
mod random;
mod status;
pub mod tier;
mod time;

pub use clock::Clock;
pub use console::Console;
pub use machine::Machine;
pub use random::{Random, Source};

use wasmtime::Result;
use wasmtime::component::{HasSelf, Linker};

/// What `bindgen!` generates; its items are described in `wit/uefi`.
#[allow(missing_docs)]
mod bindings {
    wasmtime::component::bindgen!({
        inline: "
            package bootfarm:host;
            world services {
                import tegmentum:uefi/console@0.1.0;
                import tegmentum:uefi/time@0.1.0;
            }
        ",
        path: "../wit/uefi",
    });
}

/// The state behind a guest's imports.
#[derive(Debug)]
pub struct UefiHost {
    clock: Clock,
}

impl UefiHost {
    /// A host whose monotonic time is `clock`'s.
    #[must_use]
    pub const fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

/// Offers every interface of this crate to guests whose store holds a [`UefiHost`], found by `host`.
///
/// # Errors
/// When an interface of that name is in the linker already.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, host: fn(&mut T) -> &mut UefiHost) -> Result<()> {
    bindings::Services::add_to_linker::<_, HasSelf<UefiHost>>(linker, host)
}
