//! Running guests that are not the application's own TPM.

use crate::Failure;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::time::Duration;
use runtime::{
    Artifact, Bounded, GuestError, Limits, Runtime, Services, add_wasi_to_linker, bounded_store, limit_host_time,
    run_module,
};
use uefi::Status;
use uefi_host::{Clock, Grants, Machine, UefiHost, add_to_linker};
use wasmtime::component::{Component, Linker};

/// How long firmware may be busy for one guest, its waits included: with the fuel of [`Limits`], the end of any guest.
const HOST_TIME: Duration = Duration::from_secs(60);

/// Why a guest gave no result. Displays as one sentence.
#[derive(Debug)]
pub enum GuestFailure {
    /// The runtime itself failed. Holds wasmtime's reason.
    Runtime(String),
    /// The guest's own fault.
    Guest(GuestError),
}

impl GuestFailure {
    fn runtime(error: wasmtime::Error) -> Self {
        Self::Runtime(format!("{error:#}"))
    }
}

impl Failure for GuestFailure {
    fn status(&self) -> Status {
        match self {
            Self::Runtime(_) => Status::DEVICE_ERROR,
            Self::Guest(_) => Status::ABORTED,
        }
    }
}

impl fmt::Display for GuestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime(reason) => write!(f, "the runtime failed: {reason}"),
            Self::Guest(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for GuestFailure {}

/// Calls an artifact's entry, within `grants`, and returns its results as text.
pub(crate) fn run(
    runtime: &Runtime,
    artifact: &Artifact,
    clock: Clock,
    grants: Grants,
) -> Result<String, GuestFailure> {
    match artifact {
        Artifact::Component(component) => run_component(runtime, component, clock, grants),
        Artifact::Module(module) => {
            let store = bounded_store(runtime.engine(), (), Limits::default()).map_err(GuestFailure::runtime)?;
            run_module(store, module).map_err(GuestFailure::Guest)
        }
    }
}

/// What components get: firmware's services, and what a libc wants.
struct Offered {
    uefi: UefiHost,
    wasi: Services,
}

/// Calls a component's `run` with tegmentum:uefi, within `grants`, and WASI linked, and returns its results as text.
///
/// # Errors
/// A [`GuestFailure`] that says why there is no result.
pub fn run_component(
    runtime: &Runtime,
    component: &Component,
    clock: Clock,
    grants: Grants,
) -> Result<String, GuestFailure> {
    let mut linker = Linker::new(runtime.engine());
    add_to_linker(&mut linker, |data: &mut Bounded<Offered>| &mut data.host.uefi).map_err(GuestFailure::runtime)?;
    add_wasi_to_linker(&mut linker, |data: &mut Bounded<Offered>| &mut data.host.wasi)
        .map_err(GuestFailure::runtime)?;
    let wasi = Services::new(Box::new(Machine::new(clock)));
    let host = Offered { uefi: UefiHost::new(clock, grants), wasi };
    let mut store = bounded_store(runtime.engine(), host, Limits::default()).map_err(GuestFailure::runtime)?;
    limit_host_time(&mut store, HOST_TIME, move || clock.elapsed());
    runtime::run_component(store, &linker, component).map_err(GuestFailure::Guest)
}
