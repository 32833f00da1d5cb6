//! The host side of `tegmentum:uefi`.
//!
//! Purpose: to answer a guest's imports with UEFI services, and to choose how guests are executed. Contract: boot
//! services are active for as long as a guest runs; [`Grants`] say what a guest may do beyond what is harmless, and what
//! a guest leaves open is released when its [`UefiHost`] is dropped. Limits: one file per interface, one guest per host;
//! no number, offset or length that a guest gives is used before it is checked, and everything that it can pile up has a
//! limit that `wit/uefi` states.
#![no_std]

extern crate alloc;

mod boot;
mod clock;
mod code_pages;
mod console;
mod events;
mod filesystem;
mod grants;
mod load_option;
mod machine;
pub mod medium;
mod memory;
mod names;
mod path;
mod processor;
mod protocols;
mod random;
mod runtime;
mod slots;
mod status;
mod system;
pub mod tier;
mod time;
mod variables;

pub use clock::Clock;
pub use console::Console;
pub use grants::{Grants, UnknownGrant};
pub use machine::Machine;
pub use random::{Random, Source};

use crate::slots::Slots;
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
                import tegmentum:uefi/memory@0.1.0;
                import tegmentum:uefi/variables@0.1.0;
                import tegmentum:uefi/filesystem@0.1.0;
                import tegmentum:uefi/protocols@0.1.0;
                import tegmentum:uefi/boot@0.1.0;
                import tegmentum:uefi/runtime@0.1.0;
                import tegmentum:uefi/system@0.1.0;
                import tegmentum:uefi/events@0.1.0;
            }
        ",
        path: "../wit/uefi",
        with: {
            "tegmentum:uefi/memory.pages": crate::memory::Pages,
            "tegmentum:uefi/filesystem.file": crate::filesystem::OpenFile,
            "tegmentum:uefi/protocols.handle": uefi::Handle,
            "tegmentum:uefi/boot.image": crate::boot::Image,
            "tegmentum:uefi/events.event": crate::events::OwnEvent,
        },
    });
}

/// The state behind one guest's imports.
#[derive(Debug)]
pub struct UefiHost {
    clock: Clock,
    grants: Grants,
    pages: Slots<memory::Pages>,
    files: Slots<filesystem::OpenFile>,
    handles: Slots<uefi::Handle>,
    images: Slots<boot::Image>,
    events: Slots<events::OwnEvent>,
    /// Bytes that the guest has written to files.
    written: u64,
}

impl UefiHost {
    /// A host whose monotonic time is `clock`'s, for a guest that may do what `grants` say.
    #[must_use]
    pub const fn new(clock: Clock, grants: Grants) -> Self {
        Self {
            clock,
            grants,
            pages: Slots::new(memory::MOST_HANDLES),
            files: Slots::new(filesystem::MOST_FILES),
            handles: Slots::new(protocols::MOST_HANDLES),
            images: Slots::new(boot::MOST_IMAGES),
            events: Slots::new(events::MOST_EVENTS),
            written: 0,
        }
    }
}

/// Offers every interface of this crate to guests whose store holds a [`UefiHost`], found by `host`.
///
/// # Errors
/// When an interface of that name is in the linker already.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, host: fn(&mut T) -> &mut UefiHost) -> Result<()> {
    bindings::Services::add_to_linker::<_, HasSelf<UefiHost>>(linker, host)
}
