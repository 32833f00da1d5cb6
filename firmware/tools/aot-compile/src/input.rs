//! Recognising what the input is, so that nobody has to say.

use crate::Failure;
use crate::adapter::adapter_for;
use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;

/// Custom sections in which wit-bindgen leaves the world of a module begin with this.
const WORLD_SECTION: &str = "component-type";

/// What can be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A core module.
    Module,
    /// A core module that wit-bindgen has prepared to become a component.
    BindgenModule,
    /// A core module that imports WASI preview 1.
    WasiModule,
    /// A component.
    Component,
}

/// Tells core modules of each kind and components apart.
///
/// # Errors
/// A [`Failure`] where the bytes are none of them.
pub fn classify(bytes: &[u8]) -> Result<Input, Failure> {
    if bytes.is_empty() {
        return Err(Failure::Empty);
    }
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(Failure::AlreadyCompiled);
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(Failure::NotWebAssembly);
    }
    let mut input = Input::Module;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| Failure::Malformed(error.to_string()))? {
            Payload::Version { encoding: Encoding::Component, .. } => return Ok(Input::Component),
            Payload::CustomSection(section) if section.name().starts_with(WORLD_SECTION) => {
                input = Input::BindgenModule;
            }
            _ => {}
        }
    }
    if input == Input::Module && adapter_for(bytes)?.is_some() {
        input = Input::WasiModule;
    }
    Ok(input)
}
