//! What the guests in `examples` share: an allocator, an end for panics, and a line on the console.
//!
//! There is one guest per interface of `tegmentum:uefi`, each composing only what it needs. They print what the
//! interface gives and what it refuses; `scripts/test-interfaces.sh` boots them and reads it.
#![no_std]

pub extern crate alloc;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Prints a line through the guest's own import of the console. Used in functions that return `Result<_, Status>`.
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => {
        tegmentum::uefi::console::write(&$crate::alloc::format!("{}\n", format_args!($($argument)*)))?
    };
}

/// How a call ended, in a word: `allowed`, or the name of the status.
#[macro_export]
macro_rules! outcome {
    ($call:expr) => {
        match $call {
            Ok(_) => "allowed",
            Err(status) => status.name(),
        }
    };
}
