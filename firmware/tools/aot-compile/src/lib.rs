//! Ahead-of-time compilation for firmware, which carries no compiler.
//!
//! Purpose: WebAssembly in, artifact out. Contract: the artifact runs on the `runtime` crate of the same checkout,
//! whose settings it is compiled with. Limits: one input at a time, Pulley bytecode only.

mod failure;
mod input;

pub use failure::Failure;
pub use input::{Input, classify};

use wasmtime::Engine;

/// Compiles a core module, a component, or a core module of wit-bindgen (which is first made a component).
///
/// # Errors
/// A [`Failure`] whose text is a sentence for the person who gave the input.
pub fn compile(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let engine = runtime::settings().and_then(|config| Engine::new(&config)).map_err(Failure::compiler)?;
    match classify(bytes)? {
        Input::Module => engine.precompile_module(bytes),
        Input::Component => engine.precompile_component(bytes),
        Input::BindgenModule => engine.precompile_component(&componentize(bytes)?),
    }
    .map_err(Failure::compiler)
}

/// Makes a component of a core module that carries wit-bindgen's description of its world.
///
/// # Errors
/// [`Failure::Component`] when the module and its description do not fit together.
pub fn componentize(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    wit_component::ComponentEncoder::default()
        .module(bytes)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| Failure::Component(format!("{error:#}")))
}
