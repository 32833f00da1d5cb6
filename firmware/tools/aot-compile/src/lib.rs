//! Ahead-of-time compilation for firmware, which carries no compiler.
//!
//! Purpose: WebAssembly in, sealed artifact out. Contract: the artifact runs on the `runtime` crate of the same
//! checkout, whose settings it is compiled with. Limits: one input and one tier at a time.

mod adapter;
mod failure;
mod input;
mod unwind;

pub use failure::Failure;
pub use input::{Input, classify};

use runtime::Tier;
use wasmtime::Engine;

/// Compiles a core module, a component, or a core module of wit-bindgen or of WASI preview 1 (which is first made a
/// component) for a tier.
///
/// # Errors
/// A [`Failure`] whose text is a sentence for the person who gave the input.
pub fn compile(bytes: &[u8], tier: Tier) -> Result<Vec<u8>, Failure> {
    let engine = runtime::settings(tier).and_then(|config| Engine::new(&config)).map_err(Failure::compiler)?;
    compile_with(&engine, bytes).and_then(|artifact| finish(artifact, tier))
}

fn compile_with(engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    match classify(bytes)? {
        Input::Module => engine.precompile_module(bytes),
        Input::Component => engine.precompile_component(bytes),
        Input::BindgenModule | Input::WasiModule => engine.precompile_component(&componentize(bytes)?),
    }
    .map_err(Failure::compiler)
}

/// Makes of what wasmtime wrote what the firmware loads.
fn finish(artifact: Vec<u8>, tier: Tier) -> Result<Vec<u8>, Failure> {
    let artifact = match tier {
        Tier::Pulley => artifact,
        Tier::Native => unwind::hide_table(artifact)?,
    };
    Ok(runtime::seal(tier, artifact))
}

/// Makes a component of a core module: one that carries wit-bindgen's description of its world, one that imports WASI
/// preview 1, or both.
///
/// # Errors
/// [`Failure::Component`] when the module and its description do not fit together.
pub fn componentize(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::Component(format!("{error:#}"));
    let encoder = wit_component::ComponentEncoder::default().module(bytes).map_err(failed)?;
    adapter::adapt(encoder, bytes)?.validate(true).encode().map_err(failed)
}
