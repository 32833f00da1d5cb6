//! A component as a transport of TPM commands.

use super::{TpmFailure, response, storage};
use crate::{Bounded, Limits, Services, StackError, add_wasi_to_linker, bounded_store, on_guest_stack};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use tpm2_driver::TpmTransport;
use wasmtime::component::{Component, ComponentNamedList, ComponentType, Instance, Lift, Linker, Lower, TypedFunc};
use wasmtime::{Engine, Error, Store};

/// `tegmentum:tpm/types.tpm-version`.
#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
enum TpmVersion {
    #[component(name = "tpm12")]
    #[allow(dead_code, reason = "part of the type that components export")]
    Tpm12,
    #[component(name = "tpm20")]
    Tpm20,
}

/// A part of a TPM's state: `tegmentum:tpm/types.state-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum StateType {
    /// What survives power cycles.
    #[component(name = "permanent")]
    Permanent,
    /// What a running TPM holds beside it.
    #[component(name = "volatile")]
    Volatile,
    /// What Shutdown(STATE) keeps.
    #[component(name = "save-state")]
    SaveState,
}

/// `tegmentum:tpm/types.buffer-size-info`.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct BufferSizeInfo {
    size: u32,
    #[component(name = "min-size")]
    min_size: u32,
    #[component(name = "max-size")]
    max_size: u32,
}

/// What a TPM is given before it is powered on. By default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// Bytes of the command and response buffer.
    pub buffer_size: Option<u32>,
    /// A profile in JSON, of the implementation's own kind.
    pub profile: Option<&'a str>,
    /// Parts of the state of an earlier instance.
    pub states: &'a [(StateType, &'a [u8])],
}

/// `commands.process` of `wit/tpm`.
type Process = TypedFunc<(Vec<u8>,), (Result<Vec<u8>, u32>,)>;

/// A component of `tegmentum:tpm` that is powered on.
pub struct ComponentTransport {
    store: Store<Bounded<Services>>,
    limits: Limits,
    instance: Instance,
    process: Process,
}

impl fmt::Debug for ComponentTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentTransport").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl ComponentTransport {
    /// Instantiates a component and powers the TPM on. Each call into it has all of `limits.fuel` for itself.
    ///
    /// # Errors
    /// A [`TpmFailure`] when the component cannot be linked, is no TPM, or does not come up.
    pub fn start(
        engine: &Engine,
        component: &Component,
        services: Services,
        limits: Limits,
        given: &Given<'_>,
    ) -> Result<Self, TpmFailure> {
        let mut linker = Linker::new(engine);
        add_wasi_to_linker(&mut linker, |data: &mut Bounded<Services>| &mut data.host).map_err(runtime)?;
        storage::add(&mut linker, |data: &mut Bounded<Services>| &mut data.host).map_err(runtime)?;
        let mut store = bounded_store(engine, services, limits).map_err(runtime)?;
        let instance = on_guest_stack(&mut store, |store| linker.instantiate(store, component)).map_err(not_started)?;
        let process = export(&mut store, &instance, "commands", "process")?;
        let mut tpm = Self { store, limits, instance, process };
        tpm.power_on(given)?;
        Ok(tpm)
    }

    /// The order of calls that `wit/tpm` asks for.
    fn power_on(&mut self, given: &Given<'_>) -> Result<(), TpmFailure> {
        self.ask::<_, ()>("lifecycle", "choose-version", (TpmVersion::Tpm20,))?;
        if let Some(size) = given.buffer_size {
            self.ask::<_, BufferSizeInfo>("config", "set-buffer-size", (size,))?;
        }
        if let Some(profile) = given.profile {
            self.ask::<_, ()>("config", "set-profile", (String::from(profile),))?;
        }
        for &(kind, data) in given.states {
            self.ask::<_, ()>("state", "set-state", (kind, Vec::from(data)))?;
        }
        self.ask("lifecycle", "init", ())
    }

    /// A part of the state, for [`Given::states`] of a later instance of the same implementation.
    ///
    /// # Errors
    /// A [`TpmFailure`] when the component gives none.
    pub fn state(&mut self, kind: StateType) -> Result<Vec<u8>, TpmFailure> {
        self.ask("state", "get-state", (kind,))
    }

    /// Powers the TPM off.
    ///
    /// # Errors
    /// A [`TpmFailure`] when the component does not take even that.
    pub fn terminate(mut self) -> Result<(), TpmFailure> {
        let terminate = export::<(), ()>(&mut self.store, &self.instance, "lifecycle", "terminate")?;
        self.store.set_fuel(self.limits.fuel).map_err(runtime)?;
        on_guest_stack(&mut self.store, |store| terminate.call(store, ())).map_err(|error| stopped("terminate", error))
    }

    /// Calls an exported function that returns a result.
    fn ask<P, R>(&mut self, interface: &'static str, name: &'static str, arguments: P) -> Result<R, TpmFailure>
    where
        P: ComponentNamedList + Lower + 'static,
        R: ComponentType + Lift + 'static,
    {
        let function = export(&mut self.store, &self.instance, interface, name)?;
        self.call(name, function, arguments)
    }

    fn call<P, R>(
        &mut self,
        name: &'static str,
        function: TypedFunc<P, (Result<R, u32>,)>,
        arguments: P,
    ) -> Result<R, TpmFailure>
    where
        P: ComponentNamedList + Lower + 'static,
        R: ComponentType + Lift + 'static,
    {
        self.store.set_fuel(self.limits.fuel).map_err(runtime)?;
        let (answer,) = on_guest_stack(&mut self.store, |store| function.call(store, arguments))
            .map_err(|error| stopped(name, error))?;
        answer.map_err(|code| TpmFailure::Refused(name, code))
    }
}

impl TpmTransport for ComponentTransport {
    type Error = TpmFailure;

    /// Sends one command and returns its response, whose length, tag and size are right.
    ///
    /// # Errors
    /// A [`TpmFailure`] when there is no such response. A component that was stopped stays so: every later call fails.
    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmFailure> {
        let process = self.process;
        let response = self.call("process", process, (Vec::from(command),))?;
        response::check(&response).map_err(TpmFailure::Malformed)?;
        Ok(response)
    }
}

/// Finds an exported function.
fn export<P, R>(
    store: &mut Store<Bounded<Services>>,
    instance: &Instance,
    interface: &'static str,
    name: &'static str,
) -> Result<TypedFunc<P, R>, TpmFailure>
where
    P: ComponentNamedList + Lower + 'static,
    R: ComponentNamedList + Lift + 'static,
{
    let index = instance
        .get_export_index(&mut *store, None, &format!("tegmentum:tpm/{interface}@0.1.0"))
        .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), name))
        .ok_or(TpmFailure::NotATpm(interface, name))?;
    instance.get_typed_func(store, index).map_err(|_| TpmFailure::NotATpm(interface, name))
}

fn one_line(error: &Error) -> String {
    format!("{error:#}").replace('\n', " ")
}

fn runtime(error: Error) -> TpmFailure {
    TpmFailure::Runtime(one_line(&error))
}

fn stopped(function: &'static str, error: Error) -> TpmFailure {
    TpmFailure::Stopped(function, one_line(&error))
}

/// An instantiation fails because of the component's own start code or because of its imports.
fn not_started(error: Error) -> TpmFailure {
    let by_component = error.is::<wasmtime::Trap>() || error.is::<StackError>();
    if by_component { stopped("start", error) } else { TpmFailure::NotLinked(one_line(&error)) }
}
