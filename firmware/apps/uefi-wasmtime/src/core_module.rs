//! The embedded core module.

use crate::embedded;
use crate::finish::Failure;
use crate::say::say;
use crate::timing::Timings;
use runtime::{Artifact, Limits, bounded_store, load_in_place};
use wasmtime::{Engine, Instance, Module};

/// Calls `add(20, 22)` and prints what it returns.
pub fn run(engine: &Engine, timings: &mut Timings) -> Result<(), Failure> {
    let module = timings.measure("core-load", || load(engine))?;
    let sum = timings.measure("core-module", || add(engine, &module).map_err(Failure::runtime))?;
    say!("core module: add(20,22) = {sum}");
    if sum == 42 { Ok(()) } else { Err(Failure::WrongSum(sum)) }
}

fn load(engine: &Engine) -> Result<Module, Failure> {
    // SAFETY: the build compiled these bytes with aot-compile and aligned them to a page.
    match unsafe { load_in_place(engine, embedded::add()) }.map_err(Failure::Embedded)? {
        Artifact::Module(module) => Ok(module),
        Artifact::Component(_) => Err(Failure::EmbeddedKind),
    }
}

fn add(engine: &Engine, module: &Module) -> wasmtime::Result<i32> {
    let mut store = bounded_store(engine, (), Limits::default())?;
    let instance = Instance::new(&mut store, module, &[])?;
    instance.get_typed_func::<(i32, i32), i32>(&mut store, "add")?.call(&mut store, (20, 22))
}
