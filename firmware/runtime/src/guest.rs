//! Running a guest: finding its entry, calling it, and rendering what came back as one line.

use crate::{Bounded, StackError, on_guest_stack};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use wasmtime::component::{self, Component, Func, Instance};
use wasmtime::{Linker, Module, Store, Val};

/// Entries of a core module, in the order in which they are looked for.
const MODULE_ENTRIES: [&str; 2] = ["run", "_start"];
/// The entry of a component, and what the interface is called in which a program with a `main` has it.
const COMPONENT_ENTRY: &str = "run";
const COMMAND: &str = "wasi:cli/run@0.2.";

/// Why a guest gave no result. Each displays as one sentence for the console.
#[derive(Debug, PartialEq, Eq)]
pub enum GuestError {
    /// It imports something that this host does not offer.
    Unoffered {
        /// The interface, by its full name.
        interface: String,
        /// The function or resource in it.
        item: String,
    },
    /// What it imports does not fit what this host offers. Holds wasmtime's reason.
    NotLinked(String),
    /// It has no export that could be called.
    NoEntry,
    /// Its entry wants arguments.
    EntryWantsArguments,
    /// It trapped: its own fault, or a bound was met. Holds wasmtime's reason.
    Stopped(String),
}

impl fmt::Display for GuestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unoffered { interface, item } => {
                write!(
                    f,
                    "the guest cannot be linked: it imports {item} of {interface}, which this host does not offer"
                )
            }
            Self::NotLinked(reason) => write!(f, "the guest cannot be linked: {reason}"),
            Self::NoEntry => f.write_str(
                "the guest exports no function `run` (nor `_start` as a core module, nor `wasi:cli/run` as a component)",
            ),
            Self::EntryWantsArguments => f.write_str("the guest's entry takes arguments; it must take none"),
            Self::Stopped(reason) => write!(f, "the guest was stopped: {reason}"),
        }
    }
}

impl core::error::Error for GuestError {}

/// A wasmtime error with its causes, on one line.
fn one_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}

fn stopped(error: wasmtime::Error) -> GuestError {
    GuestError::Stopped(one_line(&error))
}

/// An instantiation fails because of the guest's own start code or because of its imports.
fn not_started(error: wasmtime::Error) -> GuestError {
    let by_guest = error.is::<wasmtime::Trap>() || error.is::<StackError>();
    if by_guest {
        return stopped(error);
    }
    unoffered(&error).unwrap_or_else(|| GuestError::NotLinked(one_line(&error)))
}

/// The import that is missing, where that is why a component was not started. wasmtime reports it in three steps: the
/// interface between backticks, the item between backticks, that its implementation is missing.
fn unoffered(error: &wasmtime::Error) -> Option<GuestError> {
    let steps: Vec<String> = error.chain().map(ToString::to_string).collect();
    let [interface, item, reason] = steps.as_slice() else {
        return None;
    };
    let quoted = |text: &str| text.split('`').nth(1).map(String::from);
    reason.ends_with("implementation is missing").then_some(())?;
    Some(GuestError::Unoffered { interface: quoted(interface)?, item: quoted(item)? })
}

/// Runs a core module's `run`, or else `_start`, and returns its results as text. Core modules get no imports.
///
/// # Errors
/// A [`GuestError`] that says why there is no result.
pub fn run_module<T: 'static>(mut store: Store<Bounded<T>>, module: &Module) -> Result<String, GuestError> {
    let linker = Linker::new(store.engine());
    let instance = on_guest_stack(&mut store, |store| linker.instantiate(store, module)).map_err(not_started)?;
    let entry =
        MODULE_ENTRIES.iter().find_map(|name| instance.get_func(&mut store, name)).ok_or(GuestError::NoEntry)?;
    let ty = entry.ty(&store);
    if ty.params().len() != 0 {
        return Err(GuestError::EntryWantsArguments);
    }
    let mut results = vec![Val::I32(0); ty.results().len()];
    on_guest_stack(&mut store, |store| entry.call(store, &[], &mut results)).map_err(stopped)?;
    Ok(text(&results))
}

/// Runs a component's `run`, or else that of its `wasi:cli/run`, with the imports that `linker` offers, and returns its
/// results as text.
///
/// # Errors
/// A [`GuestError`] that says why there is no result.
pub fn run_component<T: 'static>(
    mut store: Store<Bounded<T>>,
    linker: &component::Linker<Bounded<T>>,
    component: &Component,
) -> Result<String, GuestError> {
    let instance = on_guest_stack(&mut store, |store| linker.instantiate(store, component)).map_err(not_started)?;
    let entry = component_entry(&mut store, &instance, component).ok_or(GuestError::NoEntry)?;
    let ty = entry.ty(&store);
    if ty.params().len() != 0 {
        return Err(GuestError::EntryWantsArguments);
    }
    let mut results = vec![component::Val::Bool(false); ty.results().len()];
    on_guest_stack(&mut store, |store| entry.call(store, &[], &mut results)).map_err(stopped)?;
    Ok(text(&results))
}

fn component_entry<T>(store: &mut Store<T>, instance: &Instance, component: &Component) -> Option<Func> {
    if let Some(entry) = instance.get_func(&mut *store, COMPONENT_ENTRY) {
        return Some(entry);
    }
    let ty = component.component_type();
    let (command, _) = ty.exports(component.engine()).find(|(name, _)| name.starts_with(COMMAND))?;
    let command = instance.get_export_index(&mut *store, None, command)?;
    let entry = instance.get_export_index(&mut *store, Some(&command), COMPONENT_ENTRY)?;
    instance.get_func(store, entry)
}

/// Results for the console: `()` for none, else wasmtime's own notation.
fn text<V: fmt::Debug>(results: &[V]) -> String {
    if results.is_empty() {
        return String::from("()");
    }
    let each: Vec<String> = results.iter().map(|value| format!("{value:?}")).collect();
    each.join(", ")
}
