//! `tegmentum:uefi/protocols`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::protocols::{Host, HostHandle, Status};
use crate::names::guid;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use uefi::Handle;
use uefi::boot::{self, OpenProtocolAttributes, OpenProtocolParams, SearchType};
use uefi::proto::device_path::DevicePath;
use uefi::proto::device_path::text::{AllowShortcuts, DisplayOnly};
use wasmtime::component::Resource;

/// Handles that a guest holds at a time; `wit/uefi/protocols.wit` promises it.
pub const MOST_HANDLES: usize = 1_024;

impl Host for UefiHost {
    fn locate(&mut self, protocol: String) -> Result<Vec<Resource<Handle>>, Status> {
        let found = boot::locate_handle_buffer(SearchType::ByProtocol(&guid(&protocol)?))?;
        // All or none: what was pushed before the limit was met would be lost until the guest ends.
        if found.len() > self.handles.room() {
            return Err(Status::OutOfResources);
        }
        found.iter().map(|&handle| self.handles.push(handle)).collect()
    }
}

impl HostHandle for UefiHost {
    fn protocols(&mut self, this: Resource<Handle>) -> Result<Vec<String>, Status> {
        let guids = boot::protocols_per_handle(*self.handles.get(&this)?)?;
        Ok(guids.iter().map(ToString::to_string).collect())
    }

    fn device_path(&mut self, this: Resource<Handle>) -> Result<String, Status> {
        let params =
            OpenProtocolParams { handle: *self.handles.get(&this)?, agent: boot::image_handle(), controller: None };
        // SAFETY: opened without exclusive access, since drivers hold it, and closed before anything else runs that
        // could change or remove it.
        let path = unsafe { boot::open_protocol::<DevicePath>(params, OpenProtocolAttributes::GetProtocol) }?;
        text(path.get().ok_or(Status::Unsupported)?)
    }

    fn drop(&mut self, this: Resource<Handle>) -> wasmtime::Result<()> {
        self.handles.remove(&this);
        Ok(())
    }
}

/// A device path in the notation of UEFI 2.10, section 10.6.
pub fn text(path: &DevicePath) -> Result<String, Status> {
    let text = path.to_string16(DisplayOnly(false), AllowShortcuts(false)).map_err(|_| Status::Unsupported)?;
    Ok(text.to_string())
}
