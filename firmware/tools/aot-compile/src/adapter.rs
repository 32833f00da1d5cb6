//! WASI preview 1, in which C and C++ toolchains still compile, in terms of preview 2.
//!
//! The adapters are small modules that wasmtime's authors publish with each release; wit-component links one in where
//! a module imports the functions of preview 1.

use crate::Failure;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR,
};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// The adapter that a module needs, if it imports WASI preview 1: one that makes a `main` the component's entry where
/// the module has one, else one that only provides the imports.
pub fn adapter_for(bytes: &[u8]) -> Result<Option<&'static [u8]>, Failure> {
    let (mut imports, mut starts) = (false, false);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(malformed)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imports |= import.map_err(malformed)?.module == PREVIEW1;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    starts |= export.map_err(malformed)?.name == "_start";
                }
            }
            _ => {}
        }
    }
    Ok(imports.then_some(if starts { COMMAND } else { REACTOR }))
}

/// Has the adapter linked in where one is needed.
pub fn adapt(encoder: ComponentEncoder, bytes: &[u8]) -> Result<ComponentEncoder, Failure> {
    match adapter_for(bytes)? {
        Some(adapter) => encoder.adapter(PREVIEW1, adapter).map_err(|error| Failure::Component(format!("{error:#}"))),
        None => Ok(encoder),
    }
}

fn malformed(error: wasmparser::BinaryReaderError) -> Failure {
    Failure::Malformed(error.to_string())
}
