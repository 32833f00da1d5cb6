//! The embedded component.

use crate::embedded;
use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use alloc::string::String;
use runtime::{Artifact, Limits, Runtime, bounded_store, run_component};
use uefi_host::{Clock, UefiHost, add_to_linker};
use wasmtime::component::{Component, Linker};

/// Runs the demonstration component, which prints by itself.
pub fn run(runtime: &Runtime, timings: &mut Timings) -> Result<(), Failure> {
    let component = timings.measure("component-load", || load(runtime))?;
    let clock = timings.clock();
    let lines = timings.measure("component", || call(runtime, &component, clock))?;
    say!("component: run returned {lines}");
    Ok(())
}

fn load(runtime: &Runtime) -> Result<Component, Failure> {
    // SAFETY: the build compiled these bytes with aot-compile.
    match unsafe { runtime.load_embedded(&embedded::DEMO) }.map_err(Failure::Embedded)? {
        Artifact::Component(component) => Ok(component),
        Artifact::Module(_) => Err(Failure::EmbeddedKind),
    }
}

/// Calls a component's `run` with tegmentum:uefi linked.
pub fn call(runtime: &Runtime, component: &Component, clock: Clock) -> Result<String, Failure> {
    let mut linker = Linker::new(runtime.engine());
    add_to_linker(&mut linker, |data: &mut runtime::Bounded<UefiHost>| &mut data.host).map_err(Failure::runtime)?;
    let host = UefiHost::new(clock);
    let store = bounded_store(runtime.engine(), host, Limits::default()).map_err(Failure::runtime)?;
    run_component(store, &linker, component).map_err(Failure::Guest)
}
