//! Stands in for firmware that has the Memory Attribute Protocol, which Debian's OVMF for x86 lacks.
//!
//! Purpose: installs the protocol, then starts `\application.efi` of its own boot medium. Every call of the protocol is a
//! line on the console. Where `\refuse.txt` is there, no page may become executable. Limits: it changes no page table;
//! what the protocol is asked for is what is tested.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};
use uefi::boot::LoadImageSource;
use uefi::fs::FileSystem;
use uefi::mem::memory_map::MemoryAttribute;
use uefi::runtime::{ResetType, reset};
use uefi::{Status, boot, cstr16, entry, println};
use uefi_raw::protocol::memory_protection::MemoryAttributeProtocol;

static REFUSES: AtomicBool = AtomicBool::new(false);

static PROTOCOL: MemoryAttributeProtocol =
    MemoryAttributeProtocol { get_memory_attributes: get, set_memory_attributes: set, clear_memory_attributes: clear };

#[entry]
fn main() -> Status {
    match start() {
        Ok(()) => Status::SUCCESS,
        Err(error) => {
            println!("strict-firmware: {error}");
            error.status()
        }
    }
}

fn start() -> uefi::Result {
    let application = application()?;
    // SAFETY: the interface is what the GUID promises, and never goes away.
    unsafe {
        boot::install_protocol_interface(None, &MemoryAttributeProtocol::GUID, (&raw const PROTOCOL).cast())?;
    }
    let source = LoadImageSource::FromBuffer { buffer: &application, file_path: None };
    boot::start_image(boot::load_image(boot::image_handle(), source)?)
}

/// Reads the application, and how strict to be.
fn application() -> uefi::Result<Vec<u8>> {
    let mut files = FileSystem::new(boot::get_image_file_system(boot::image_handle())?);
    REFUSES.store(files.metadata(cstr16!("\\refuse.txt")).is_ok(), Ordering::Relaxed);
    files.read(cstr16!("\\application.efi")).map_err(|_| Status::NOT_FOUND.into())
}

unsafe extern "efiapi" fn get(_: *const MemoryAttributeProtocol, _: u64, _: u64, _: *mut MemoryAttribute) -> Status {
    // Nobody asks: what the page tables say is what counts.
    Status::UNSUPPORTED
}

unsafe extern "efiapi" fn set(
    _: *const MemoryAttributeProtocol,
    _: u64,
    length: u64,
    attributes: MemoryAttribute,
) -> Status {
    println!("attributes: {length} bytes: set {attributes:?}");
    Status::SUCCESS
}

unsafe extern "efiapi" fn clear(
    _: *const MemoryAttributeProtocol,
    _: u64,
    length: u64,
    attributes: MemoryAttribute,
) -> Status {
    println!("attributes: {length} bytes: clear {attributes:?}");
    if REFUSES.load(Ordering::Relaxed) && attributes.contains(MemoryAttribute::EXECUTE_PROTECT) {
        Status::ACCESS_DENIED
    } else {
        Status::SUCCESS
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("PANIC in strict-firmware: {}", info.message());
    reset(ResetType::SHUTDOWN, Status::ABORTED, None)
}
