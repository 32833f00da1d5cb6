//! WebAssembly as a UEFI application.
//!
//! Runs the guests that are embedded in the image, then those staged on the boot medium, and
//! switches the machine off. Every line that a farm or a person waits for stands alone on the console.
#![no_std]
#![no_main]

extern crate alloc;

mod component;
mod core_module;
mod embedded;
mod failure;
mod heap;

use crate::failure::Failure;
use app::{Timings, finish, linked_for, measure, say, staged, tpm};
use runtime::Runtime;
use tpm2_driver::Qualification;
use uefi::{Status, entry};
use uefi_host::{Clock, tier};

#[entry]
fn main() -> Status {
    finish("uefi-wasmtime", &run(&mut Timings::new(Clock::start())))
}

fn run(timings: &mut Timings) -> Result<(), Failure> {
    // Firmware leaves its own escape sequences on the line.
    say!();
    say!("uefi-wasmtime {} (wasmtime {})", env!("CARGO_PKG_VERSION"), env!("WASMTIME_VERSION"));
    say!("heap: {} bytes ok", timings.measure("heap", heap::prove)?);
    let chosen = timings.measure("engine", tier::choose).map_err(Failure::Tier)?;
    let outcome = guests(&chosen.runtime, timings);
    if outcome.is_ok() {
        timings.print();
    }
    say!("tier: {chosen}");
    outcome
}

fn guests(runtime: &Runtime, timings: &mut Timings) -> Result<(), Failure> {
    core_module::run(runtime, timings)?;
    component::run(runtime, timings)?;
    attest(runtime, timings)?;
    let grants = staged::grants().map_err(Failure::Staged)?;
    let guests = staged::find(timings).map_err(Failure::Staged)?;
    guests.iter().try_for_each(|guest| guest.run(runtime, timings, grants).map_err(Failure::Staged))
}

/// The whole TPM flow over this very image, for nobody in particular: evidence is what citadel-attest makes.
fn attest(runtime: &Runtime, timings: &mut Timings) -> Result<(), Failure> {
    let image = timings.measure("image-measure", || measure(linked_for!())).map_err(Failure::Measure)?;
    let transport = tpm::start(runtime, &embedded::TPM, timings).map_err(Failure::Tpm)?;
    tpm::run_flow(transport, &[image], Qualification::Unbound, timings).map_err(Failure::Tpm)?;
    Ok(())
}
