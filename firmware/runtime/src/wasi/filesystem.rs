//! `wasi:filesystem`: no folder is given to a guest, so there is no descriptor to call anything on.

use super::io::resource;
use super::{interface, traps};
use alloc::string::String;
use alloc::vec::Vec;
use wasmtime::Result;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, Val};

/// `wasi:filesystem/types.descriptor`. None is ever made.
enum Descriptor {}

/// `wasi:filesystem/types.directory-entry-stream`. None is ever made.
enum DirectoryEntryStream {}

/// What wants a descriptor or a directory stream.
const UNREACHABLE: &[&str] = &[
    "[method]descriptor.read-via-stream",
    "[method]descriptor.write-via-stream",
    "[method]descriptor.append-via-stream",
    "[method]descriptor.advise",
    "[method]descriptor.sync-data",
    "[method]descriptor.get-flags",
    "[method]descriptor.get-type",
    "[method]descriptor.set-size",
    "[method]descriptor.set-times",
    "[method]descriptor.read",
    "[method]descriptor.write",
    "[method]descriptor.read-directory",
    "[method]descriptor.sync",
    "[method]descriptor.create-directory-at",
    "[method]descriptor.stat",
    "[method]descriptor.stat-at",
    "[method]descriptor.set-times-at",
    "[method]descriptor.link-at",
    "[method]descriptor.open-at",
    "[method]descriptor.readlink-at",
    "[method]descriptor.remove-directory-at",
    "[method]descriptor.rename-at",
    "[method]descriptor.symlink-at",
    "[method]descriptor.unlink-file-at",
    "[method]descriptor.is-same-object",
    "[method]descriptor.metadata-hash",
    "[method]descriptor.metadata-hash-at",
    "[method]directory-entry-stream.read-directory-entry",
];

pub fn add<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    let mut types = interface(linker, "filesystem/types")?;
    resource::<T, Descriptor>(&mut types, "descriptor")?;
    resource::<T, DirectoryEntryStream>(&mut types, "directory-entry-stream")?;
    traps(&mut types, UNREACHABLE)?;
    // Asks about an error of a stream, and none of those is a file's.
    types.func_new("filesystem-error-code", |_, _, _, results| {
        results[0] = Val::Option(None);
        Ok(())
    })?;
    interface(linker, "filesystem/preopens")?.func_wrap("get-directories", |_: StoreContextMut<'_, T>, (): ()| {
        Ok((Vec::<(Resource<Descriptor>, String)>::new(),))
    })
}
