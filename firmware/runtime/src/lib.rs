//! wasmtime under UEFI.
//!
//! Purpose: everything between the `wasmtime` crate and an application that runs WebAssembly on firmware, without
//! knowing anything about UEFI itself, so that all of it also builds and is tested on a Linux host.
//!
//! Contract: artifacts come from `aot-compile`, which uses [`settings`] and [`seal`] of this very crate. A guest runs
//! in a [`bounded_store`] and [`on_guest_stack`], so it can neither spin for ever nor take all memory nor overrun the
//! firmware's stack.
//!
//! Limits: x86-64, one processor, no threads, no garbage collection. The seal and wasmtime check that an artifact is
//! whole, of this tier, of this version and of these settings; nothing verifies who made it. An artifact is therefore as
//! trusted as the boot medium it was read from.
#![no_std]

extern crate alloc;

#[cfg(feature = "run")]
mod artifact;
#[cfg(feature = "run")]
mod bounds;
#[cfg(feature = "run")]
mod code_pages;
#[cfg(feature = "run")]
mod embedded;
#[cfg(feature = "run")]
mod guest;
#[cfg(feature = "run")]
mod host_time;
#[cfg(feature = "run")]
mod open;
#[cfg(feature = "run")]
mod page_table;
#[cfg(feature = "run")]
mod platform;
#[cfg(feature = "run")]
mod refusal;
mod seal;
#[cfg(feature = "run")]
mod services;
mod settings;
#[cfg(feature = "run")]
mod stack;
#[cfg(feature = "run")]
mod switch;
mod tier;
#[cfg(feature = "run")]
mod tpm;
#[cfg(feature = "run")]
mod wasi;

#[cfg(feature = "run")]
pub use artifact::{Artifact, Runtime};
#[cfg(feature = "run")]
pub use bounds::{Bounded, Limits, bounded_store, limit_host_time, on_guest_stack};
#[cfg(feature = "run")]
pub use code_pages::{CodePages, PAGE};
#[cfg(feature = "run")]
pub use embedded::{Guest, PageAligned};
#[cfg(feature = "run")]
pub use guest::{GuestError, run_component, run_module};
#[cfg(feature = "run")]
pub use page_table::Paging;
#[cfg(feature = "run")]
pub use refusal::Refusal;
pub use seal::seal;
#[cfg(feature = "run")]
pub use services::{Host, Services};
pub use settings::settings;
#[cfg(feature = "run")]
pub use stack::StackError;
pub use tier::Tier;
#[cfg(feature = "run")]
pub use tpm::{ComponentTransport, Given, LARGEST_RESPONSE, Malformed, StateType, TpmFailure};
#[cfg(feature = "run")]
pub use wasi::add_wasi_to_linker;
