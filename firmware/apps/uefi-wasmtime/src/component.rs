//! The embedded component.

use crate::embedded;
use crate::failure::Failure;
use app::{Timings, run_component, say};
use runtime::{Artifact, Runtime};
use uefi_host::Grants;
use wasmtime::component::Component;

/// Runs the demonstration component, which prints by itself.
pub fn run(runtime: &Runtime, timings: &mut Timings) -> Result<(), Failure> {
    let component = timings.measure("component-load", || load(runtime))?;
    let clock = timings.clock();
    let lines = timings
        .measure("component", || run_component(runtime, &component, clock, Grants::default()))
        .map_err(Failure::Guest)?;
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
