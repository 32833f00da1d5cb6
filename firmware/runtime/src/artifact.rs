//! Loading artifacts: what `aot-compile` wrote, from the image itself or from a boot medium.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::ptr::NonNull;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Precompiled};

/// A loaded artifact, ready to be instantiated.
#[derive(Debug)]
pub enum Artifact {
    /// A core module.
    Module(Module),
    /// A component.
    Component(Component),
}

/// Why bytes were not accepted as an artifact. Each displays as one sentence for the console.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No bytes at all.
    Empty,
    /// WebAssembly itself, not compiled: firmware carries no compiler.
    NotCompiled,
    /// Neither an artifact nor WebAssembly.
    NotAnArtifact,
    /// An artifact that wasmtime refuses: other version, other settings, or damaged. Holds wasmtime's reason.
    Incompatible(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::NotCompiled => f.write_str("this is WebAssembly; compile it first with aot-compile"),
            Self::NotAnArtifact => f.write_str("this is not an artifact of aot-compile"),
            Self::Incompatible(reason) => write!(f, "the artifact does not fit this runtime: {reason}"),
        }
    }
}

impl core::error::Error for Refusal {}

impl From<wasmtime::Error> for Refusal {
    fn from(error: wasmtime::Error) -> Self {
        Self::Incompatible(format!("{error:#}").replace('\n', " "))
    }
}

/// Loads an artifact by copying it: for bytes read from a file.
///
/// # Errors
/// A [`Refusal`] that says what is wrong with the bytes.
///
/// # Safety
/// wasmtime checks version and settings and the container's bounds, not the compiled code. The caller vouches that the
/// bytes came from `aot-compile`, from a source as trusted as the program itself.
pub unsafe fn load(engine: &Engine, bytes: &[u8]) -> Result<Artifact, Refusal> {
    Ok(match kind(bytes)? {
        // SAFETY: vouched for by the caller.
        Precompiled::Module => Artifact::Module(unsafe { Module::deserialize(engine, bytes) }?),
        // SAFETY: vouched for by the caller.
        Precompiled::Component => Artifact::Component(unsafe { Component::deserialize(engine, bytes) }?),
    })
}

/// Loads an artifact where it lies, without a copy: for page-aligned bytes embedded in the image.
///
/// # Errors
/// A [`Refusal`] that says what is wrong with the bytes.
///
/// # Safety
/// As for [`load`]; besides, the bytes are page-aligned.
pub unsafe fn load_in_place(engine: &Engine, bytes: &'static [u8]) -> Result<Artifact, Refusal> {
    let kind = kind(bytes)?;
    let memory = NonNull::from(bytes);
    Ok(match kind {
        // SAFETY: vouched for by the caller; 'static and shared, the bytes outlive the module and never change.
        Precompiled::Module => Artifact::Module(unsafe { Module::deserialize_raw(engine, memory) }?),
        // SAFETY: as above.
        Precompiled::Component => Artifact::Component(unsafe { Component::deserialize_raw(engine, memory) }?),
    })
}

/// What the bytes claim to be.
fn kind(bytes: &[u8]) -> Result<Precompiled, Refusal> {
    match Engine::detect_precompiled(bytes) {
        Some(kind) => Ok(kind),
        None if bytes.is_empty() => Err(Refusal::Empty),
        None if bytes.starts_with(b"\0asm") => Err(Refusal::NotCompiled),
        None => Err(Refusal::NotAnArtifact),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;

    fn refusal(bytes: &[u8]) -> Refusal {
        let engine = Engine::new(&settings().unwrap()).unwrap();
        // SAFETY: none of these bytes is an artifact, so no code can run.
        unsafe { load(&engine, bytes) }.unwrap_err()
    }

    #[test]
    fn an_empty_file_is_refused() {
        assert_eq!(refusal(b""), Refusal::Empty);
    }

    #[test]
    fn webassembly_that_was_not_compiled_is_refused() {
        assert_eq!(refusal(b"\0asm\x01\0\0\0"), Refusal::NotCompiled);
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(refusal(b"\x7fELF"), Refusal::NotAnArtifact);
        assert_eq!(refusal(&[0xff; 4096]), Refusal::NotAnArtifact);
    }
}
