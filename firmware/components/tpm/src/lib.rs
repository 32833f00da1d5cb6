//! `tpm2-engine` as a component: the worlds of `tegmentum:tpm` over an engine that knows nothing of components.
//!
//! Purpose: what firmware embeds as its TPM. Contract: the order of calls that `wit/tpm` names; what comes out of it is
//! answered with an error and changes nothing. Limits: TPM 2.0 only; no profiles, no debug output; the world
//! software-tpm keeps the permanent state, so what it forgets is what a power failure would take from a TPM.
#![no_std]

extern crate alloc;

mod blob;
mod commands;
mod config;
mod lifecycle;
mod machine;
mod platform;
mod state;
#[cfg(feature = "software-tpm")]
mod storage;
mod tis;

#[cfg(not(feature = "software-tpm"))]
wit_bindgen::generate!({
    path: ["../../wit/tpm", "wit"],
    world: "bootfarm:tpm/ephemeral",
    generate_all,
});
#[cfg(feature = "software-tpm")]
wit_bindgen::generate!({
    path: ["../../wit/tpm", "wit"],
    world: "bootfarm:tpm/software",
    generate_all,
});

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// What all interfaces are exported of.
struct Component;

export!(Component);

/// TPM_FAIL of TPM 1.2 (Part 2, section 16), by which libtpms' functions say that they could not.
const FAIL: u32 = 9;
/// TPM_BAD_PARAMETER: the argument is none that could be used.
const BAD_PARAMETER: u32 = 3;
/// TPM_INVALID_POSTINIT: too late for this, or too early.
const INVALID_POSTINIT: u32 = 38;
