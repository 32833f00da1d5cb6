//! Loading artifacts: what `aot-compile` wrote, from the image itself or from a boot medium.

use crate::code_pages::{self, CodePages, Publisher};
use crate::open::{Sealed, open, open_trusted};
use crate::{Guest, Refusal, Tier, settings};
use alloc::sync::Arc;
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

/// An engine of one tier, and what it loads artifacts with.
pub struct Runtime {
    engine: Engine,
    /// There for the native tier.
    pages: Option<Arc<dyn CodePages>>,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("tier", &self.tier()).finish_non_exhaustive()
    }
}

impl Runtime {
    /// A runtime that interprets.
    ///
    /// # Errors
    /// When wasmtime refuses the settings.
    pub fn pulley() -> wasmtime::Result<Self> {
        Ok(Self { engine: Engine::new(&settings(Tier::Pulley)?)?, pages: None })
    }

    /// A runtime that executes machine code in `pages`.
    ///
    /// # Errors
    /// When wasmtime refuses the settings.
    pub fn native(pages: Arc<dyn CodePages>) -> wasmtime::Result<Self> {
        let mut config = settings(Tier::Native)?;
        config.with_custom_code_memory(Some(Arc::new(Publisher(Arc::clone(&pages)))));
        Ok(Self { engine: Engine::new(&config)?, pages: Some(pages) })
    }

    /// wasmtime's engine, for linkers and stores.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The tier of this runtime.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        match self.pages {
            None => Tier::Pulley,
            Some(_) => Tier::Native,
        }
    }

    /// Loads an artifact by copying it: for bytes read from a file, every one of which is checked against the seal.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong with the bytes.
    ///
    /// # Safety
    /// The seal shows that the bytes are as `aot-compile` wrote them, if it was `aot-compile` that wrote them. The
    /// caller vouches for that: they come from a source as trusted as the program itself.
    pub unsafe fn load(&self, bytes: &[u8]) -> Result<Artifact, Refusal> {
        recognise(bytes)?;
        let bytes = self.of_this_tier(&open(bytes)?)?;
        let kind = kind(bytes)?;
        if let Some(pages) = &self.pages {
            // SAFETY: vouched for by the caller.
            return unsafe { self.load_native(pages.as_ref(), kind, bytes) };
        }
        Ok(match kind {
            // SAFETY: vouched for by the caller.
            Precompiled::Module => Artifact::Module(unsafe { Module::deserialize(&self.engine, bytes) }?),
            // SAFETY: vouched for by the caller.
            Precompiled::Component => Artifact::Component(unsafe { Component::deserialize(&self.engine, bytes) }?),
        })
    }

    /// Loads the artifact for this runtime's tier of a guest inside the image. Bytecode stays where it lies.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong with the bytes.
    ///
    /// # Safety
    /// The artifacts are what `aot-compile` wrote, and aligned to pages: [`guest!`](crate::guest!) sees to it.
    pub unsafe fn load_embedded(&self, guest: &Guest) -> Result<Artifact, Refusal> {
        let bytes = match self.tier() {
            Tier::Pulley => guest.pulley,
            Tier::Native => guest.native,
        };
        let bytes = self.of_this_tier(&open_trusted(bytes)?)?;
        let kind = kind(bytes)?;
        match &self.pages {
            // SAFETY: vouched for by the caller.
            Some(pages) => unsafe { self.load_native(pages.as_ref(), kind, bytes) },
            // SAFETY: vouched for by the caller; 'static and shared, the bytes outlive all code and never change.
            None => unsafe { self.load_in_place(kind, NonNull::from(bytes)) },
        }
    }

    /// What wasmtime wrote, if it is for this tier.
    fn of_this_tier<'a>(&self, sealed: &Sealed<'a>) -> Result<&'a [u8], Refusal> {
        let runtime = self.tier();
        if sealed.tier == runtime {
            Ok(sealed.bytes)
        } else {
            Err(Refusal::OtherTier { artifact: sealed.tier, runtime })
        }
    }

    /// Loads machine code, in pages of its own.
    ///
    /// # Safety
    /// As for [`Self::load`].
    unsafe fn load_native(&self, pages: &dyn CodePages, kind: Precompiled, bytes: &[u8]) -> Result<Artifact, Refusal> {
        let memory = code_pages::copy(pages, bytes).map_err(Refusal::NoCodePages)?;
        // SAFETY: vouched for by the caller; the pages are never given back, and only this function knew of them.
        unsafe { self.load_in_place(kind, memory) }
    }

    /// Loads what wasmtime wrote where it lies.
    ///
    /// # Safety
    /// As for [`Self::load`]; besides, the memory is page-aligned, never given back, and never changes.
    unsafe fn load_in_place(&self, kind: Precompiled, memory: NonNull<[u8]>) -> Result<Artifact, Refusal> {
        Ok(match kind {
            // SAFETY: vouched for by the caller.
            Precompiled::Module => Artifact::Module(unsafe { Module::deserialize_raw(&self.engine, memory) }?),
            // SAFETY: vouched for by the caller.
            Precompiled::Component => Artifact::Component(unsafe { Component::deserialize_raw(&self.engine, memory) }?),
        })
    }
}

/// Refuses what is no artifact at all, so that it is not called a damaged one. Artifacts are ELF files.
fn recognise(bytes: &[u8]) -> Result<(), Refusal> {
    match bytes {
        [] => Err(Refusal::Empty),
        [b'\0', b'a', b's', b'm', ..] => Err(Refusal::NotCompiled),
        [0x7f, b'E', b'L', b'F', ..] => Ok(()),
        _ => Err(Refusal::NotAnArtifact),
    }
}

/// What wasmtime calls its own.
fn kind(bytes: &[u8]) -> Result<Precompiled, Refusal> {
    Engine::detect_precompiled(bytes).ok_or(Refusal::NotAnArtifact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn refusal(bytes: &[u8]) -> Refusal {
        // SAFETY: none of these bytes is an artifact, so no code can run.
        unsafe { Runtime::pulley().unwrap().load(bytes) }.unwrap_err()
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
        assert_eq!(refusal(b"text"), Refusal::NotAnArtifact);
        assert_eq!(refusal(&[0xff; 4096]), Refusal::NotAnArtifact);
    }

    #[test]
    fn another_elf_file_is_refused() {
        assert_eq!(refusal(&[&b"\x7fELF"[..], &[0; 4096]].concat()), Refusal::Truncated);
        let sealed = crate::seal(Tier::Pulley, [&b"\x7fELF"[..], &[0; 4096]].concat());
        assert_eq!(refusal(&sealed), Refusal::NotAnArtifact);
    }

    #[test]
    fn an_artifact_for_the_other_tier_is_refused_by_name() {
        let sealed = crate::seal(Tier::Native, [&b"\x7fELF"[..], &[0; 4096]].concat());
        let refusal = refusal(&sealed);
        assert_eq!(refusal, Refusal::OtherTier { artifact: Tier::Native, runtime: Tier::Pulley });
        let sentence = refusal.to_string();
        assert!(sentence.contains("native") && sentence.contains("pulley"), "{sentence}");
    }
}
