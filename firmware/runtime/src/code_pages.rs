//! Memory that machine code runs in. Only the application knows how to get it: this crate knows nothing of firmware.

use alloc::string::String;
use alloc::sync::Arc;
use core::ptr::NonNull;
use wasmtime::CustomCodeMemory;

/// Bytes of a page, of x86-64 and of UEFI alike.
pub const PAGE: usize = 4096;

/// Pages for machine code: written first, then executed, never both at once where firmware can tell the difference.
pub trait CodePages: Send + Sync {
    /// Allocates at least `size` bytes of writable pages. They are never given back: code may be referred to from
    /// anywhere, and an application loads few artifacts.
    ///
    /// # Errors
    /// The reason, as the end of a sentence.
    fn allocate(&self, size: usize) -> Result<NonNull<u8>, String>;

    /// Makes pages read-only and executable. Both the address and the size are multiples of [`PAGE`].
    ///
    /// # Errors
    /// The reason, as the end of a sentence.
    ///
    /// # Safety
    /// The pages are from [`CodePages::allocate`], and nothing writes to them from now on.
    unsafe fn make_executable(&self, pages: NonNull<u8>, size: usize) -> Result<(), String>;
}

/// Copies `bytes` into pages of their own.
///
/// # Errors
/// The reason, as the end of a sentence.
pub fn copy(pages: &dyn CodePages, bytes: &[u8]) -> Result<NonNull<[u8]>, String> {
    let memory = pages.allocate(bytes.len())?;
    // SAFETY: just allocated with at least this size, so it is writable and overlaps nothing.
    unsafe { memory.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len()) };
    Ok(NonNull::slice_from_raw_parts(memory, bytes.len()))
}

/// Tells wasmtime's own way of asking for executable memory on to [`CodePages`].
pub struct Publisher(pub Arc<dyn CodePages>);

impl CustomCodeMemory for Publisher {
    fn required_alignment(&self) -> usize {
        PAGE
    }

    fn publish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
        let Some(pages) = NonNull::new(code.cast_mut()) else {
            return Err(wasmtime::Error::msg("code at address zero"));
        };
        // SAFETY: `load` copied the artifact into pages that it allocated, and nothing writes to an artifact once it
        // is there. The last page may hold data behind the code, which is only read too.
        unsafe { self.0.make_executable(pages, length.next_multiple_of(PAGE)) }.map_err(wasmtime::Error::msg)
    }

    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        // The pages are never used for anything else: they stay as they are.
        Ok(())
    }
}
