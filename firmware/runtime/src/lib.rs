//! wasmtime under UEFI.
//!
//! Purpose: everything between the `wasmtime` crate and an application that runs WebAssembly on firmware, without
//! knowing anything about UEFI itself, so that all of it also builds and is tested on a Linux host.
//!
//! Contract: artifacts come from `aot-compile`, which uses [`settings`] of this very crate. A guest runs in a
//! [`bounded_store`], so it can neither spin for ever nor take all memory.
//!
//! Limits: one processor, no threads, no garbage collection, no native code yet. wasmtime checks that an artifact was
//! made by the same version with the same settings; it does not verify the code inside. An artifact is therefore as
//! trusted as the boot medium it was read from.
#![no_std]

#[cfg(feature = "run")]
extern crate alloc;

#[cfg(feature = "run")]
mod artifact;
#[cfg(feature = "run")]
mod bounds;
#[cfg(feature = "run")]
mod guest;
#[cfg(feature = "run")]
mod host_time;
#[cfg(feature = "run")]
mod platform;
mod settings;
mod tier;

#[cfg(feature = "run")]
pub use artifact::{Artifact, Refusal, load, load_in_place};
#[cfg(feature = "run")]
pub use bounds::{Bounded, Limits, bounded_store, limit_host_time};
#[cfg(feature = "run")]
pub use guest::{GuestError, run_component, run_module};
pub use settings::settings;
pub use tier::Tier;
