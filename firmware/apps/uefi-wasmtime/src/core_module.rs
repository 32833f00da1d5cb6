//! The embedded core module.

use crate::embedded;
use crate::failure::Failure;
use app::{Timings, say};
use runtime::{Artifact, Limits, Runtime, bounded_store, on_guest_stack};
use wasmtime::{Instance, Module};

/// Calls `add(20, 22)` and prints what it returns.
pub fn run(runtime: &Runtime, timings: &mut Timings) -> Result<(), Failure> {
    let module = timings.measure("core-load", || load(runtime))?;
    let sum = timings.measure("core-module", || add(runtime, &module).map_err(Failure::runtime))?;
    say!("core module: add(20,22) = {sum}");
    if sum == 42 { Ok(()) } else { Err(Failure::WrongSum(sum)) }
}

fn load(runtime: &Runtime) -> Result<Module, Failure> {
    // SAFETY: the build compiled these bytes with aot-compile.
    match unsafe { runtime.load_embedded(&embedded::ADD) }.map_err(Failure::Embedded)? {
        Artifact::Module(module) => Ok(module),
        Artifact::Component(_) => Err(Failure::EmbeddedKind),
    }
}

fn add(runtime: &Runtime, module: &Module) -> wasmtime::Result<i32> {
    let mut store = bounded_store(runtime.engine(), (), Limits::default())?;
    on_guest_stack(&mut store, |store| {
        let instance = Instance::new(&mut *store, module, &[])?;
        instance.get_typed_func::<(i32, i32), i32>(&mut *store, "add")?.call(store, (20, 22))
    })
}
