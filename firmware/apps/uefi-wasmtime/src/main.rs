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
mod finish;
mod grants;
mod heap;
mod panic;
mod say;
mod staged;
mod timing;

use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use runtime::Tier;
use uefi::{Status, entry};
use uefi_host::Clock;
use wasmtime::Engine;

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
    let engine = timings
        .measure("engine", || runtime::settings().and_then(|config| Engine::new(&config)).map_err(Failure::runtime))?;
    core_module::run(&engine, timings)?;
    component::run(&engine, timings)?;
    staged::run(&engine, timings)?;
    timings.print();
    say!("tier: {}", Tier::Pulley);
    Ok(())
}
