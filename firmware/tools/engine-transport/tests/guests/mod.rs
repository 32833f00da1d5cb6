//! Guests, and the machines on which tests run them.

#![allow(dead_code, reason = "each test file uses some of it")]

pub mod ours;
pub mod tpm;

use aot_compile::{compile, componentize};
use engine_transport::{LinuxHost, native_engine};
use runtime::{
    Artifact, Bounded, GuestError, Limits, Runtime, Services, add_wasi_to_linker, bounded_store, run_component,
};
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A component made of a core module and the world that it was written for.
pub fn component(module: &[u8], wit: &str) -> Vec<u8> {
    let mut module = module.to_vec();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("guest.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    componentize(&module).unwrap()
}

/// The same of a module written as text.
pub fn component_from_text(module: &str, wit: &str) -> Vec<u8> {
    component(&wat::parse_str(module).unwrap(), wit)
}

/// How a guest is executed.
#[derive(Clone, Copy, Debug)]
pub enum Tier {
    /// As on any firmware.
    Pulley,
    /// As machine code of this machine.
    Native,
}

impl Tier {
    pub const ALL: [Self; 2] = [Self::Pulley, Self::Native];

    /// An engine with a component compiled for it.
    pub fn load(self, component: &[u8]) -> (Engine, Component) {
        match self {
            Self::Native => {
                let engine = native_engine().unwrap();
                let component = Component::new(&engine, component).unwrap();
                (engine, component)
            }
            Self::Pulley => {
                let runtime = Runtime::pulley().unwrap();
                let artifact = compile(component, runtime.tier()).unwrap();
                // SAFETY: compiled right here.
                let artifact = unsafe { runtime.load(&artifact) }.unwrap();
                let Artifact::Component(component) = artifact else { panic!("no component came out of one") };
                (runtime.engine().clone(), component)
            }
        }
    }
}

/// A console that a test can read.
#[derive(Clone, Default)]
pub struct Console(Rc<RefCell<Vec<u8>>>);

impl Console {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The memory of any guest, since zig gives a C program 16 MiB of stack, and less fuel.
pub const LIMITS: Limits = Limits { fuel: 50_000_000, memory_bytes: 64 << 20, table_elements: 10_000 };

/// Runs a component that imports WASI, and returns what `run` returned and what it said.
pub fn run(tier: Tier, component: &[u8]) -> (Result<String, GuestError>, String) {
    let (engine, component) = tier.load(component);
    let console = Console::default();
    let services = Services::new(Box::new(LinuxHost::new(console.clone()).unwrap()));
    let mut linker = Linker::new(&engine);
    add_wasi_to_linker(&mut linker, |data: &mut Bounded<Services>| &mut data.host).unwrap();
    let store = bounded_store(&engine, services, LIMITS).unwrap();
    (run_component(store, &linker, &component), console.text())
}
