//! Pages that machine code may run in, from firmware.

use crate::processor;
use alloc::format;
use alloc::string::String;
use core::ptr::NonNull;
use runtime::{CodePages, PAGE};
use uefi::boot::{self, AllocateType, MemoryType, OpenProtocolAttributes, OpenProtocolParams, ScopedProtocol};
use uefi::mem::memory_map::MemoryAttribute;
use uefi::proto::security::MemoryProtection;

/// Pages of the memory type that UEFI has for loaded code. Where firmware has the Memory Attribute Protocol (UEFI
/// specification 2.10, section 37.7) they are never writable and executable at once; elsewhere they are what firmware
/// makes them.
#[derive(Clone, Copy, Debug)]
pub struct LoaderPages;

impl CodePages for LoaderPages {
    fn allocate(&self, size: usize) -> Result<NonNull<u8>, String> {
        let count = size.div_ceil(PAGE).max(1);
        let pages = boot::allocate_pages(AllocateType::AnyPages, MemoryType::LOADER_CODE, count).map_err(reason)?;
        if let Some(protocol) = attributes() {
            let range = range(pages, count * PAGE);
            protocol.set_memory_attributes(range.clone(), MemoryAttribute::EXECUTE_PROTECT).map_err(reason)?;
            protocol.clear_memory_attributes(range, MemoryAttribute::READ_ONLY).map_err(reason)?;
        }
        Ok(pages)
    }

    unsafe fn make_executable(&self, pages: NonNull<u8>, size: usize) -> Result<(), String> {
        if let Some(protocol) = attributes() {
            let range = range(pages, size);
            protocol.set_memory_attributes(range.clone(), MemoryAttribute::READ_ONLY).map_err(reason)?;
            protocol.clear_memory_attributes(range, MemoryAttribute::EXECUTE_PROTECT).map_err(reason)?;
        }
        if processor::may_execute(pages.as_ptr().addr(), size) {
            Ok(())
        } else {
            Err(String::from("the page tables forbid it"))
        }
    }
}

/// Tries pages with the smallest machine code there is: a return.
///
/// # Errors
/// Why code cannot run, as the end of a sentence.
pub fn try_pages() -> Result<(), String> {
    const RETURN: u8 = 0xc3;
    let page = LoaderPages.allocate(PAGE)?;
    // SAFETY: just allocated, so it is writable and nobody else's.
    unsafe { page.write(RETURN) };
    // SAFETY: nothing writes to it any more.
    unsafe { LoaderPages.make_executable(page, PAGE) }?;
    // SAFETY: the page holds a function without arguments or results, and the page tables let it run.
    unsafe { core::mem::transmute::<NonNull<u8>, extern "efiapi" fn()>(page)() };
    Ok(())
}

/// The protocol, where firmware has it. Not opened for exclusive use: it belongs to the firmware's own drivers.
fn attributes() -> Option<ScopedProtocol<MemoryProtection>> {
    let handle = boot::get_handle_for_protocol::<MemoryProtection>().ok()?;
    let parameters = OpenProtocolParams { handle, agent: boot::image_handle(), controller: None };
    // SAFETY: the protocol is the processor driver's, which stays for as long as boot services do.
    unsafe { boot::open_protocol(parameters, OpenProtocolAttributes::GetProtocol) }.ok()
}

fn range(pages: NonNull<u8>, size: usize) -> core::ops::Range<u64> {
    let start = pages.as_ptr().addr() as u64;
    start..start + size as u64
}

fn reason(error: uefi::Error) -> String {
    format!("{:?}", error.status())
}
