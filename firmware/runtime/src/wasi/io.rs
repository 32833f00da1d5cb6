//! `wasi:io`: errors, pollables and the standard streams.
//!
//! Resources are bare numbers, so no table is kept: a pollable is the moment at which it is ready, a stream is its
//! number in POSIX.

use super::{Get, interface, traps};
use crate::Services;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use wasmtime::component::{ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut, bail};

/// `wasi:io/error.error`. None is ever made: output does not fail and input has ended.
pub enum IoError {}

/// `wasi:io/poll.pollable`: the monotonic milliseconds at which it is ready, rounded up.
pub enum Pollable {}

impl Pollable {
    /// Ready from `moment` on. Beyond 49 days that is never, which is longer than any guest may sleep.
    pub fn at(moment: Duration) -> Resource<Self> {
        Resource::new_own(u32::try_from(moment.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX))
    }

    fn moment(pollable: &Resource<Self>) -> Duration {
        Duration::from_millis(u64::from(pollable.rep()))
    }
}

/// `wasi:io/streams.input-stream`.
pub enum InputStream {}

/// `wasi:io/streams.output-stream`.
pub enum OutputStream {}

/// `wasi:io/streams.stream-error`.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[allow(dead_code, reason = "part of the type that guests import")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

/// How many bytes an output stream says it takes. Each write goes straight to the console, so any number is true.
const ROOM: u64 = 4096;

/// What guests get where a function returns `result<T, stream-error>`.
type StreamResult<T> = Result<(Result<T, StreamError>,)>;

pub fn add<T: 'static>(linker: &mut Linker<T>, services: Get<T>) -> Result<()> {
    let mut error = interface(linker, "io/error")?;
    resource::<T, IoError>(&mut error, "error")?;
    traps(&mut error, &["[method]error.to-debug-string"])?;
    poll(&mut interface(linker, "io/poll")?, services)?;
    let mut streams = interface(linker, "io/streams")?;
    resource::<T, InputStream>(&mut streams, "input-stream")?;
    resource::<T, OutputStream>(&mut streams, "output-stream")?;
    input(&mut streams)?;
    output(&mut streams, services)
}

/// A resource that is nothing but its number, so dropping it does nothing.
pub fn resource<T: 'static, R: 'static>(instance: &mut LinkerInstance<'_, T>, name: &str) -> Result<()> {
    instance.resource(name, ResourceType::host::<R>(), |_, _| Ok(()))
}

fn poll<T: 'static>(instance: &mut LinkerInstance<'_, T>, services: Get<T>) -> Result<()> {
    resource::<T, Pollable>(instance, "pollable")?;
    instance.func_wrap(
        "[method]pollable.ready",
        move |mut store: StoreContextMut<'_, T>, (pollable,): (Resource<Pollable>,)| {
            Ok((services(store.data_mut()).host.monotonic() >= Pollable::moment(&pollable),))
        },
    )?;
    instance.func_wrap(
        "[method]pollable.block",
        move |mut store: StoreContextMut<'_, T>, (pollable,): (Resource<Pollable>,)| {
            services(store.data_mut()).sleep_until(Pollable::moment(&pollable))
        },
    )?;
    instance.func_wrap("poll", move |mut store: StoreContextMut<'_, T>, (pollables,): (Vec<Resource<Pollable>>,)| {
        Ok((ready(services(store.data_mut()), &pollables)?,))
    })
}

/// The positions of those that are ready, after waiting for the first. WASI has an empty list trap.
fn ready(services: &mut Services, pollables: &[Resource<Pollable>]) -> Result<Vec<u32>> {
    let Some(first) = pollables.iter().map(Pollable::moment).min() else {
        bail!("the guest polls an empty list");
    };
    services.sleep_until(first)?;
    let now = services.host.monotonic();
    Ok((0..).zip(pollables).filter(|(_, pollable)| now >= Pollable::moment(pollable)).map(|(place, _)| place).collect())
}

/// Standard input is at its end: a machine that boots by itself has nobody who would type.
fn input<T: 'static>(instance: &mut LinkerInstance<'_, T>) -> Result<()> {
    type Stream = Resource<InputStream>;
    for name in ["read", "blocking-read"] {
        instance.func_wrap(
            &alloc::format!("[method]input-stream.{name}"),
            |_: StoreContextMut<'_, T>, (_, _): (Stream, u64)| -> StreamResult<Vec<u8>> {
                Ok((Err(StreamError::Closed),))
            },
        )?;
    }
    for name in ["skip", "blocking-skip"] {
        instance.func_wrap(
            &alloc::format!("[method]input-stream.{name}"),
            |_: StoreContextMut<'_, T>, (_, _): (Stream, u64)| -> StreamResult<u64> { Ok((Err(StreamError::Closed),)) },
        )?;
    }
    instance.func_wrap("[method]input-stream.subscribe", |_: StoreContextMut<'_, T>, (_,): (Stream,)| {
        Ok((Pollable::at(Duration::ZERO),))
    })
}

/// Standard output and standard error both go to the console, at once.
fn output<T: 'static>(instance: &mut LinkerInstance<'_, T>, services: Get<T>) -> Result<()> {
    type Stream = Resource<OutputStream>;
    instance.func_wrap(
        "[method]output-stream.check-write",
        |_: StoreContextMut<'_, T>, (_,): (Stream,)| -> StreamResult<u64> { Ok((Ok(ROOM),)) },
    )?;
    for name in ["write", "blocking-write-and-flush"] {
        instance.func_wrap(
            &alloc::format!("[method]output-stream.{name}"),
            move |mut store: StoreContextMut<'_, T>, (_, text): (Stream, Vec<u8>)| -> StreamResult<()> {
                services(store.data_mut()).host.write(&text);
                Ok((Ok(()),))
            },
        )?;
    }
    for name in ["write-zeroes", "blocking-write-zeroes-and-flush"] {
        instance.func_wrap(
            &alloc::format!("[method]output-stream.{name}"),
            move |mut store: StoreContextMut<'_, T>, (_, count): (Stream, u64)| -> StreamResult<()> {
                // No truncation: at most ROOM are written, as WASI allows callers no more.
                services(store.data_mut()).host.write(&vec![0; count.min(ROOM) as usize]);
                Ok((Ok(()),))
            },
        )?;
    }
    for name in ["flush", "blocking-flush"] {
        instance.func_wrap(
            &alloc::format!("[method]output-stream.{name}"),
            |_: StoreContextMut<'_, T>, (_,): (Stream,)| -> StreamResult<()> { Ok((Ok(()),)) },
        )?;
    }
    for name in ["splice", "blocking-splice"] {
        instance.func_wrap(
            &alloc::format!("[method]output-stream.{name}"),
            |_: StoreContextMut<'_, T>, (_, _, _): (Stream, Resource<InputStream>, u64)| -> StreamResult<u64> {
                Ok((Err(StreamError::Closed),))
            },
        )?;
    }
    instance.func_wrap("[method]output-stream.subscribe", |_: StoreContextMut<'_, T>, (_,): (Stream,)| {
        Ok((Pollable::at(Duration::ZERO),))
    })
}
