//! `wasi:cli`: an empty environment, the standard streams, no terminal, and a way to leave.

use super::interface;
use super::io::{InputStream, OutputStream, resource};
use alloc::string::String;
use alloc::vec::Vec;
use wasmtime::component::{Linker, Resource};
use wasmtime::{Result, StoreContextMut, bail};

/// `wasi:cli/terminal-input.terminal-input`. None is ever made: firmware's console is not one that libc could set up.
enum TerminalInput {}

/// `wasi:cli/terminal-output.terminal-output`. None is ever made, as above.
enum TerminalOutput {}

pub fn add<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    environment(linker)?;
    exit(linker)?;
    streams(linker)?;
    terminals(linker)
}

fn environment<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    let mut instance = interface(linker, "cli/environment")?;
    instance.func_wrap("get-environment", |_: StoreContextMut<'_, T>, (): ()| Ok((Vec::<(String, String)>::new(),)))?;
    instance.func_wrap("get-arguments", |_: StoreContextMut<'_, T>, (): ()| Ok((Vec::<String>::new(),)))?;
    instance.func_wrap("initial-cwd", |_: StoreContextMut<'_, T>, (): ()| Ok((None::<String>,)))
}

/// A guest is called for a result: one that leaves instead has none, so leaving ends it like a trap, with a sentence.
fn exit<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    let mut instance = interface(linker, "cli/exit")?;
    instance.func_wrap("exit", |_: StoreContextMut<'_, T>, (status,): (Result<(), ()>,)| -> Result<()> {
        bail!("the guest called exit, to say {}", if status.is_ok() { "success" } else { "failure" })
    })?;
    instance.func_wrap("exit-with-code", |_: StoreContextMut<'_, T>, (code,): (u8,)| -> Result<()> {
        bail!("the guest called exit with status {code}")
    })
}

fn streams<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    interface(linker, "cli/stdin")?
        .func_wrap("get-stdin", |_: StoreContextMut<'_, T>, (): ()| Ok((Resource::<InputStream>::new_own(0),)))?;
    interface(linker, "cli/stdout")?
        .func_wrap("get-stdout", |_: StoreContextMut<'_, T>, (): ()| Ok((Resource::<OutputStream>::new_own(1),)))?;
    interface(linker, "cli/stderr")?
        .func_wrap("get-stderr", |_: StoreContextMut<'_, T>, (): ()| Ok((Resource::<OutputStream>::new_own(2),)))
}

fn terminals<T: 'static>(linker: &mut Linker<T>) -> Result<()> {
    resource::<T, TerminalInput>(&mut interface(linker, "cli/terminal-input")?, "terminal-input")?;
    resource::<T, TerminalOutput>(&mut interface(linker, "cli/terminal-output")?, "terminal-output")?;
    interface(linker, "cli/terminal-stdin")?
        .func_wrap("get-terminal-stdin", |_: StoreContextMut<'_, T>, (): ()| Ok((None::<Resource<TerminalInput>>,)))?;
    for (name, function) in
        [("cli/terminal-stdout", "get-terminal-stdout"), ("cli/terminal-stderr", "get-terminal-stderr")]
    {
        interface(linker, name)?
            .func_wrap(function, |_: StoreContextMut<'_, T>, (): ()| Ok((None::<Resource<TerminalOutput>>,)))?;
    }
    Ok(())
}
