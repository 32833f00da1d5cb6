//! The memory map and pages, which it does not give back.
#![no_std]

use core::mem;
use interface_guests::{outcome, say};
use tegmentum::uefi::memory::{self, MemoryKind};

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/memory@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        let conventional =
            memory::summary()?.iter().find(|total| total.kind == MemoryKind::Conventional).map(|t| t.pages);
        say!("memory: free pages {}", conventional.unwrap_or(0));

        let pages = memory::allocate(2)?;
        say!("memory: {} pages, zeros: {}", pages.count(), pages.read(0, 8_192)?.iter().all(|&byte| byte == 0));
        pages.write(4_094, b"over the edge")?;
        say!("memory: read back: {}", pages.read(4_094, 13)? == b"over the edge");
        say!("memory: the last byte: {}", outcome!(pages.read(8_191, 1)));
        say!("memory: one more: {}", outcome!(pages.read(8_191, 2)));
        say!("memory: far away: {}", outcome!(pages.read(u32::MAX, u32::MAX)));
        say!("memory: write one more: {}", outcome!(pages.write(8_191, b"ab")));

        say!("memory: no pages: {}", outcome!(memory::allocate(0)));
        say!("memory: all there are: {}", outcome!(memory::allocate(u32::MAX)));
        // What is left here is the host's to free: a second run must find as much as this one did.
        mem::forget(memory::allocate(4_000)?);
        say!("memory: beyond the limit: {}", outcome!(memory::allocate(95)));
        drop(pages);
        say!("memory: after giving two back: {}", outcome!(memory::allocate(96)));
        Ok(())
    }
}

export!(Program);
