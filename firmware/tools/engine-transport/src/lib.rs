//! TPM components on Linux.
//!
//! Purpose: the very component that firmware embeds, compiled here and now to machine code by Cranelift, as a transport
//! for tests, benchmarks and servers; and [`LinuxHost`], the machine that components see. Contract: as for
//! [`ComponentTransport`], which does the work. Limits: compiling takes seconds, so start one and keep it.

mod linux;

pub use linux::LinuxHost;

use runtime::{ComponentTransport, Given, Limits, Services, TpmFailure};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, Result};

/// An engine for machine code of this machine. Fuel is what [`ComponentTransport`] bounds time by.
///
/// # Errors
/// When Cranelift does not know this machine.
pub fn native_engine() -> Result<Engine> {
    let mut config = Config::new();
    config.consume_fuel(true);
    config.wasm_wide_arithmetic(true);
    Engine::new(&config)
}

/// Compiles a component and powers it on as a TPM.
///
/// # Errors
/// A [`TpmFailure`], among whose reasons is here that the bytes do not compile.
pub fn start(
    component: &[u8],
    services: Services,
    limits: Limits,
    given: &Given<'_>,
) -> Result<ComponentTransport, TpmFailure> {
    let failed = |error: wasmtime::Error| TpmFailure::Runtime(format!("{error:#}").replace('\n', " "));
    let engine = native_engine().map_err(failed)?;
    let component = Component::new(&engine, component).map_err(failed)?;
    ComponentTransport::start(&engine, &component, services, limits, given)
}
