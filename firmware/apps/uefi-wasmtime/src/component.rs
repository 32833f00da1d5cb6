//! The embedded component.

use crate::embedded;
use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use alloc::string::String;
use core::time::Duration;
use runtime::{Artifact, Limits, bounded_store, limit_host_time, load_in_place, run_component};
use uefi_host::{Clock, Grants, UefiHost, add_to_linker};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

/// How long firmware may be busy for one guest, its waits included: with the fuel of [`Limits`], the end of any guest.
const HOST_TIME: Duration = Duration::from_secs(60);

/// Runs the demonstration component, which prints by itself.
pub fn run(engine: &Engine, timings: &mut Timings) -> Result<(), Failure> {
    let component = timings.measure("component-load", || load(engine))?;
    let clock = timings.clock();
    let lines = timings.measure("component", || call(engine, &component, clock, Grants::default()))?;
    say!("component: run returned {lines}");
    Ok(())
}

fn load(engine: &Engine) -> Result<Component, Failure> {
    // SAFETY: the build compiled these bytes with aot-compile and aligned them to a page.
    match unsafe { load_in_place(engine, embedded::demo()) }.map_err(Failure::Embedded)? {
        Artifact::Component(component) => Ok(component),
        Artifact::Module(_) => Err(Failure::EmbeddedKind),
    }
}

/// Calls a component's `run` with tegmentum:uefi linked, within `grants`.
pub fn call(engine: &Engine, component: &Component, clock: Clock, grants: Grants) -> Result<String, Failure> {
    let mut linker = Linker::new(engine);
    add_to_linker(&mut linker, |data: &mut runtime::Bounded<UefiHost>| &mut data.host).map_err(Failure::runtime)?;
    let host = UefiHost::new(clock, grants);
    let mut store = bounded_store(engine, host, Limits::default()).map_err(Failure::runtime)?;
    limit_host_time(&mut store, HOST_TIME, move || clock.elapsed());
    run_component(store, &linker, component).map_err(Failure::Guest)
}
