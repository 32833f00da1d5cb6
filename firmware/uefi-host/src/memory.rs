//! `tegmentum:uefi/memory`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::memory::{Host, HostPages, MemoryKind, MemoryTotal, Status};
use alloc::vec::Vec;
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;
use uefi::boot::{self, AllocateType, MemoryType, PAGE_SIZE};
use uefi::mem::memory_map::MemoryMap;
use wasmtime::component::Resource;

/// Allocations that a guest holds at a time; `wit/uefi/memory.wit` promises it.
pub const MOST_HANDLES: usize = 64;
/// Pages that a guest holds at a time: 16 MiB, promised there too.
const MOST_PAGES: usize = 4_096;

/// Pages allocated from firmware, freed when this is dropped.
#[derive(Debug)]
pub struct Pages {
    start: NonNull<u8>,
    count: usize,
}

impl Pages {
    /// Pages full of zeros: what the memory held before is not the guest's to see.
    fn allocate(count: usize) -> Result<Self, Status> {
        let start = boot::allocate_pages(AllocateType::AnyPages, MemoryType::LOADER_DATA, count)?;
        // SAFETY: firmware has just given these pages to us alone.
        unsafe { start.write_bytes(0, count * PAGE_SIZE) };
        Ok(Self { start, count })
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the pages are ours until they are dropped, were filled when they were allocated, and the borrow of
        // `self` keeps anybody else from reaching them.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.count * PAGE_SIZE) }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: allocated with this count; no slice of them outlives `self`. Firmware that does not take them back
        // leaves nothing to be done.
        let _ = unsafe { boot::free_pages(self.start, self.count) };
    }
}

impl Host for UefiHost {
    fn summary(&mut self) -> Result<Vec<MemoryTotal>, Status> {
        let map = boot::memory_map(MemoryType::LOADER_DATA)?;
        let mut totals: Vec<MemoryTotal> = Vec::new();
        for region in map.entries() {
            let kind = kind(region.ty);
            match totals.iter_mut().find(|total| total.kind == kind) {
                Some(total) => {
                    total.regions = total.regions.saturating_add(1);
                    total.pages = total.pages.saturating_add(region.page_count);
                }
                None => totals.push(MemoryTotal { kind, regions: 1, pages: region.page_count }),
            }
        }
        Ok(totals)
    }

    fn allocate(&mut self, count: u32) -> Result<Resource<Pages>, Status> {
        let count = usize::try_from(count).map_err(|_| Status::OutOfResources)?;
        if count == 0 {
            return Err(Status::InvalidParameter);
        }
        let held: usize = self.pages.iter().map(|pages| pages.count).sum();
        if self.pages.room() == 0 || count > MOST_PAGES - held {
            return Err(Status::OutOfResources);
        }
        self.pages.push(Pages::allocate(count)?)
    }
}

impl HostPages for UefiHost {
    fn count(&mut self, this: Resource<Pages>) -> u32 {
        self.pages.get(&this).ok().and_then(|pages| u32::try_from(pages.count).ok()).unwrap_or(0)
    }

    fn read(&mut self, this: Resource<Pages>, offset: u32, length: u32) -> Result<Vec<u8>, Status> {
        let range = range(offset, usize::try_from(length).unwrap_or(usize::MAX))?;
        self.pages.get(&this)?.bytes().get(range).map(<[u8]>::to_vec).ok_or(Status::InvalidParameter)
    }

    fn write(&mut self, this: Resource<Pages>, offset: u32, bytes: Vec<u8>) -> Result<(), Status> {
        let range = range(offset, bytes.len())?;
        let target = self.pages.get(&this)?.bytes().get_mut(range).ok_or(Status::InvalidParameter)?;
        target.copy_from_slice(&bytes);
        Ok(())
    }

    fn drop(&mut self, this: Resource<Pages>) -> wasmtime::Result<()> {
        self.pages.remove(&this);
        Ok(())
    }
}

/// A range that does not wrap around.
fn range(offset: u32, length: usize) -> Result<Range<usize>, Status> {
    let start = usize::try_from(offset).map_err(|_| Status::InvalidParameter)?;
    let end = start.checked_add(length).ok_or(Status::InvalidParameter)?;
    Ok(start..end)
}

fn kind(ty: MemoryType) -> MemoryKind {
    match ty {
        MemoryType::RESERVED => MemoryKind::Reserved,
        MemoryType::LOADER_CODE => MemoryKind::LoaderCode,
        MemoryType::LOADER_DATA => MemoryKind::LoaderData,
        MemoryType::BOOT_SERVICES_CODE => MemoryKind::BootServicesCode,
        MemoryType::BOOT_SERVICES_DATA => MemoryKind::BootServicesData,
        MemoryType::RUNTIME_SERVICES_CODE => MemoryKind::RuntimeServicesCode,
        MemoryType::RUNTIME_SERVICES_DATA => MemoryKind::RuntimeServicesData,
        MemoryType::CONVENTIONAL => MemoryKind::Conventional,
        MemoryType::UNUSABLE => MemoryKind::Unusable,
        MemoryType::ACPI_RECLAIM => MemoryKind::AcpiReclaim,
        MemoryType::ACPI_NON_VOLATILE => MemoryKind::AcpiNonVolatile,
        MemoryType::MMIO => MemoryKind::Mmio,
        MemoryType::MMIO_PORT_SPACE => MemoryKind::MmioPortSpace,
        MemoryType::PAL_CODE => MemoryKind::PalCode,
        MemoryType::PERSISTENT_MEMORY => MemoryKind::Persistent,
        MemoryType::UNACCEPTED => MemoryKind::Unaccepted,
        _ => MemoryKind::Other,
    }
}
