//! WebAssembly as a UEFI application.
//!
//! Runs the guests that are embedded in the image, then the one staged on the boot medium if there is one, and
//! switches the machine off. Every line that a farm or a person waits for stands alone on the console.
#![no_std]
#![no_main]

extern crate alloc;

mod component;
mod core_module;
mod embedded;
mod finish;
mod heap;
mod panic;
mod say;
mod staged;
mod timing;

use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use runtime::Runtime;
use uefi::{Status, entry};
use uefi_host::{Clock, tier};

#[entry]
fn main() -> Status {
    match run(&mut Timings::new(Clock::start())) {
        Ok(()) => finish::complete(),
        Err(failure) => finish::failed(&failure),
    }
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
    staged::run(runtime, timings)
}
