//! `tegmentum:uefi/filesystem`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::filesystem::{Entry, Host, HostFile, OpenMode, Status};
use crate::path;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use uefi::proto::media::file::{Directory, File, FileAttribute, FileInfo, FileMode, FileType, RegularFile};
use uefi::{CStr16, boot, cstr16};
use wasmtime::component::Resource;

/// The one folder that guests see.
const FOLDER: &CStr16 = cstr16!("\\guest");
/// Limits that `wit/uefi/filesystem.wit` promises: files open at a time, bytes read at once, bytes written in all,
/// entries in a list.
pub const MOST_FILES: usize = 16;
const LARGEST_READ: u32 = 1 << 20;
const MOST_WRITTEN: u64 = 16 << 20;
const MOST_ENTRIES: usize = 1_024;

/// A file that a guest has open; dropping it closes it.
#[derive(Debug)]
pub struct OpenFile {
    file: RegularFile,
    writable: bool,
}

impl OpenFile {
    fn size(&mut self) -> Result<u64, Status> {
        Ok(self.file.get_boxed_info::<FileInfo>()?.file_size())
    }

    fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>, Status> {
        if length > LARGEST_READ {
            return Err(Status::InvalidParameter);
        }
        // Never more than the file has: a guest's number is not worth an allocation.
        let length = self.size()?.saturating_sub(offset).min(u64::from(length));
        if length == 0 {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| Status::OutOfResources)?];
        self.file.set_position(offset)?;
        let read = self.file.read(&mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Status> {
        if offset > self.size()? {
            return Err(Status::InvalidParameter);
        }
        self.file.set_position(offset)?;
        self.file.write(bytes)?;
        Ok(self.file.flush()?)
    }
}

impl Host for UefiHost {
    fn open(&mut self, path: String, mode: OpenMode) -> Result<Resource<OpenFile>, Status> {
        let path = path::relative(&path)?;
        if self.files.room() == 0 {
            return Err(Status::OutOfResources);
        }
        let firmware_mode = match mode {
            OpenMode::Read => FileMode::Read,
            OpenMode::ReadWrite => FileMode::ReadWrite,
            OpenMode::Create => FileMode::CreateReadWrite,
        };
        let mut folder = folder(mode)?;
        match folder.open(&path, firmware_mode, FileAttribute::empty())?.into_type()? {
            FileType::Regular(file) => self.files.push(OpenFile { file, writable: mode != OpenMode::Read }),
            FileType::Dir(_) => Err(Status::InvalidParameter),
        }
    }

    fn list_folder(&mut self, path: String) -> Result<Vec<Entry>, Status> {
        let mut listed = folder(OpenMode::Read)?;
        if !path.is_empty() {
            let found = listed.open(&*path::relative(&path)?, FileMode::Read, FileAttribute::empty())?;
            listed = found.into_directory().ok_or(Status::InvalidParameter)?;
        }
        let mut entries = Vec::new();
        while let Some(info) = listed.read_entry_boxed()? {
            let name = info.file_name().to_string();
            if !path::is_name(&name) {
                continue;
            }
            if entries.len() == MOST_ENTRIES {
                return Err(Status::OutOfResources);
            }
            let folder = info.is_directory();
            entries.push(Entry { name, size: if folder { 0 } else { info.file_size() }, folder });
        }
        Ok(entries)
    }
}

impl HostFile for UefiHost {
    fn size(&mut self, this: Resource<OpenFile>) -> Result<u64, Status> {
        self.files.get(&this)?.size()
    }

    fn read(&mut self, this: Resource<OpenFile>, offset: u64, length: u32) -> Result<Vec<u8>, Status> {
        self.files.get(&this)?.read(offset, length)
    }

    fn write(&mut self, this: Resource<OpenFile>, offset: u64, bytes: Vec<u8>) -> Result<(), Status> {
        let length = u64::try_from(bytes.len()).map_err(|_| Status::InvalidParameter)?;
        let file = self.files.get(&this)?;
        if !file.writable {
            return Err(Status::AccessDenied);
        }
        if length > MOST_WRITTEN - self.written {
            return Err(Status::VolumeFull);
        }
        // Counted even if it fails: a part may have been written.
        self.written += length;
        file.write(offset, &bytes)
    }

    fn drop(&mut self, this: Resource<OpenFile>) -> wasmtime::Result<()> {
        self.files.remove(&this);
        Ok(())
    }
}

/// The guest's folder on the volume that the image was booted from; made where a file is to be created in it.
fn folder(mode: OpenMode) -> Result<Directory, Status> {
    let mut volume = boot::get_image_file_system(boot::image_handle()).map_err(|_| Status::NoMedia)?;
    let mut root = volume.open_volume()?;
    let opened = match mode {
        // Firmware opens a folder that exists for this mode too, and changes nothing in it.
        OpenMode::Create => root.open(FOLDER, FileMode::CreateReadWrite, FileAttribute::DIRECTORY),
        OpenMode::Read | OpenMode::ReadWrite => root.open(FOLDER, FileMode::Read, FileAttribute::empty()),
    }?;
    opened.into_directory().ok_or(Status::NotFound)
}
