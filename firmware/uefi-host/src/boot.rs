//! `tegmentum:uefi/boot`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::boot::{BootOption, Host, HostImage, Status};
use crate::load_option::LoadOption;
use crate::names::ucs2;
use crate::protocols;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use uefi::Handle;
use uefi::boot::{self, LoadImageSource};
use uefi::proto::device_path::DevicePath;
use uefi::runtime::{VariableVendor, get_variable_boxed};
use wasmtime::component::Resource;

/// Images that a guest holds at a time; `wit/uefi/boot.wit` promises it.
pub const MOST_IMAGES: usize = 4;

/// A loaded image. Dropping it unloads one that never ran; firmware itself unloads an application that has ended, and
/// a driver that ran is meant to stay.
#[derive(Debug)]
pub struct Image {
    handle: Handle,
    started: bool,
}

impl Drop for Image {
    fn drop(&mut self) {
        if !self.started {
            // Firmware that does not unload it leaves nothing to be done.
            let _ = boot::unload_image(self.handle);
        }
    }
}

impl Host for UefiHost {
    fn options(&mut self) -> Result<Vec<BootOption>, Status> {
        let order = match global("BootOrder") {
            Ok(order) => order,
            Err(Status::NotFound) => return Ok(Vec::new()),
            Err(status) => return Err(status),
        };
        Ok(order.chunks_exact(2).filter_map(|number| option(u16::from_le_bytes([number[0], number[1]]))).collect())
    }

    fn current(&mut self) -> Result<Option<u16>, Status> {
        match global("BootCurrent") {
            Ok(number) => Ok(number.first_chunk().map(|&bytes| u16::from_le_bytes(bytes))),
            Err(Status::NotFound) => Ok(None),
            Err(status) => Err(status),
        }
    }

    fn load_image(&mut self, bytes: Vec<u8>) -> Result<Resource<Image>, Status> {
        if !self.grants.load_images {
            return Err(Status::AccessDenied);
        }
        if self.images.room() == 0 {
            return Err(Status::OutOfResources);
        }
        let source = LoadImageSource::FromBuffer { buffer: &bytes, file_path: None };
        // SECURITY_VIOLATION is the one error that leaves an image behind, which must not run (UEFI 2.10, section
        // 7.4.1). The crate does not give its handle away, so firmware keeps that one until the machine is reset.
        let handle = boot::load_image(boot::image_handle(), source)?;
        self.images.push(Image { handle, started: false })
    }
}

impl HostImage for UefiHost {
    fn start(&mut self, this: Resource<Image>) -> Result<(), Status> {
        let image = self.images.get(&this)?;
        if image.started {
            return Err(Status::AlreadyStarted);
        }
        image.started = true;
        Ok(boot::start_image(image.handle)?)
    }

    fn drop(&mut self, this: Resource<Image>) -> wasmtime::Result<()> {
        self.images.remove(&this);
        Ok(())
    }
}

/// A variable of the specification's own vendor.
fn global(name: &str) -> Result<Box<[u8]>, Status> {
    let (data, _) = get_variable_boxed(&ucs2(name, name.len())?, &VariableVendor::GLOBAL_VARIABLE)?;
    Ok(data)
}

fn option(number: u16) -> Option<BootOption> {
    let bytes = global(&format!("Boot{number:04X}")).ok()?;
    let option = LoadOption::parse(&bytes)?;
    let path = <&DevicePath>::try_from(option.device_path).ok();
    Some(BootOption {
        number,
        active: option.active,
        description: description(option.description),
        device_path: path.and_then(|path| protocols::text(path).ok()).unwrap_or_default(),
    })
}

/// UCS-2 as text; what is none is shown by the replacement character.
fn description(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
