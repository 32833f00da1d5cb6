//! Artifacts run on the runtime that they were compiled for, within their bounds, on a Linux host as under UEFI.
//! Native code is for UEFI only; scripts/test-qemu.sh runs it.

mod guests;

use aot_compile::compile;
use guests::{component, guest};
use runtime::{
    Artifact, Bounded, GuestError, Limits, Runtime, Tier, bounded_store, limit_host_time, on_guest_stack,
    run_component, run_module,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wasmtime::component::Linker;
use wasmtime::{Caller, Engine};

const LIMITS: Limits = Limits { fuel: 100_000, memory_bytes: 1 << 20, table_elements: 100 };

/// Compiles and loads a guest.
fn load(runtime: &Runtime, bytes: &[u8]) -> Artifact {
    // SAFETY: compiled right here.
    unsafe { runtime.load(&compile(bytes, Tier::Pulley).unwrap()) }.unwrap()
}

/// Compiles and runs a guest within limits.
fn run_within(bytes: &[u8], limits: Limits) -> Result<String, GuestError> {
    let runtime = Runtime::pulley().unwrap();
    let store = bounded_store(runtime.engine(), (), limits).unwrap();
    match load(&runtime, bytes) {
        Artifact::Module(module) => run_module(store, &module),
        Artifact::Component(component) => run_component(store, &Linker::new(runtime.engine()), &component),
    }
}

/// The same within limits that a test can reach.
fn run(bytes: &[u8]) -> Result<String, GuestError> {
    run_within(bytes, LIMITS)
}

fn stopped_because(error: GuestError) -> String {
    match error {
        GuestError::Stopped(reason) => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_module_runs_by_its_export_run() {
    let text = r#"(module (func (export "_start")) (func (export "run") (result i32) (i32.const 7)))"#;
    assert_eq!(run(&guest(text)), Ok("I32(7)".into()));
}

#[test]
fn a_module_runs_by_its_export_start() {
    assert_eq!(run(&guest(r#"(module (func (export "_start")))"#)), Ok("()".into()));
}

#[test]
fn a_component_runs_by_its_export_run() {
    assert_eq!(run(&component()), Ok("U32(42)".into()));
}

#[test]
fn a_guest_without_an_entry_is_refused() {
    assert_eq!(run(&guest("(module)")), Err(GuestError::NoEntry));
    assert_eq!(run(&guest("(component)")), Err(GuestError::NoEntry));
}

#[test]
fn an_entry_with_arguments_is_refused() {
    assert_eq!(run(&guest(r#"(module (func (export "run") (param i32)))"#)), Err(GuestError::EntryWantsArguments));
}

#[test]
fn an_import_that_nobody_offers_is_named() {
    let error = run(&guest(r#"(module (import "env" "reboot" (func)))"#)).unwrap_err();
    assert!(matches!(&error, GuestError::NotLinked(reason) if reason.contains("env::reboot")), "{error}");
}

/// A component that calls the import `item` of `test:host/work@1.0.0`, which takes a list of bytes, for ever.
fn asks_for_ever(item: &str, bytes: usize) -> Vec<u8> {
    guest(&format!(
        r#"(component
            (import "test:host/work@1.0.0" (instance $host (export "{item}" (func (param "bytes" (list u8))))))
            (core module $memory (memory (export "memory") 160))
            (core instance $m (instantiate $memory))
            (alias core export $m "memory" (core memory $bytes))
            (alias export $host "{item}" (func $item))
            (core func $work (canon lower (func $item) (memory $bytes)))
            (core module $code (import "host" "work" (func $work (param i32 i32)))
                (func (export "run") (loop (call $work (i32.const 0) (i32.const {bytes})) (br 0))))
            (core instance $c (instantiate $code (with "host" (instance (export "work" (func $work))))))
            (alias core export $c "run" (core func $run))
            (func (export "run") (canon lift (core func $run))))"#
    ))
}

/// Runs a component with a host whose function `work` takes a second of a clock that only it moves.
fn run_with_slow_host(bytes: &[u8]) -> GuestError {
    let runtime = Runtime::pulley().unwrap();
    let Artifact::Component(component) = load(&runtime, bytes) else {
        panic!("a component");
    };
    let seconds = Arc::new(AtomicU64::new(0));
    let (clock, ticking) = (seconds.clone(), seconds.clone());
    let mut linker = Linker::<Bounded<()>>::new(runtime.engine());
    let mut host = linker.instance("test:host/work@1.0.0").unwrap();
    host.func_wrap("work", move |_, (_bytes,): (Vec<u8>,)| {
        ticking.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })
    .unwrap();
    let mut store = bounded_store(runtime.engine(), (), Limits::default()).unwrap();
    limit_host_time(&mut store, Duration::from_secs(5), move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    let error = run_component(store, &linker, &component).unwrap_err();
    assert!(seconds.load(Ordering::Relaxed) <= 6, "the sixth second is one too many");
    error
}

#[test]
fn a_guest_that_keeps_the_host_busy_is_stopped() {
    let reason = stopped_because(run_with_slow_host(&asks_for_ever("work", 1)));
    assert!(reason.contains("kept the host busy for more than 5s"), "{reason}");
}

#[test]
fn a_guest_cannot_make_the_host_copy_without_bound() {
    let reason = stopped_because(run_with_slow_host(&asks_for_ever("work", 9 << 20)));
    assert!(reason.contains("fuel allocated for hostcalls"), "{reason}");
}

#[test]
fn an_interface_that_this_host_lacks_is_named_and_so_is_a_part_that_it_lacks() {
    let unoffered =
        |interface: &str, item: &str| GuestError::Unoffered { interface: interface.into(), item: item.into() };
    let whole = run(&asks_for_ever("work", 1)).unwrap_err();
    assert_eq!(whole, unoffered("test:host/work@1.0.0", "work"));
    let sentence =
        "the guest cannot be linked: it imports work of test:host/work@1.0.0, which this host does not offer";
    assert_eq!(whole.to_string(), sentence);
    assert_eq!(run_with_slow_host(&asks_for_ever("play", 1)), unoffered("test:host/work@1.0.0", "play"));
}

#[test]
fn a_guest_that_never_ends_runs_out_of_fuel() {
    let endless = run(&guest(r#"(module (func (export "run") (loop (br 0))))"#)).unwrap_err();
    assert!(stopped_because(endless).contains("fuel"));
    let at_start = run(&guest("(module (func $f (loop (br 0))) (start $f))")).unwrap_err();
    assert!(stopped_because(at_start).contains("fuel"));
}

#[test]
fn a_guest_that_recurses_for_ever_is_stopped_by_its_stack() {
    let plenty = Limits { fuel: 1 << 30, ..LIMITS };
    let by_entry = guest(r#"(module (func $f (export "run") (call $f)))"#);
    let at_start = guest("(module (func $f (call $f)) (start $f))");
    for bytes in [by_entry, at_start] {
        assert!(stopped_because(run_within(&bytes, plenty).unwrap_err()).contains("stack"));
    }
}

#[test]
fn a_guest_and_a_host_function_that_call_each_other_for_ever_are_stopped_by_the_stack() {
    let runtime = Runtime::pulley().unwrap();
    let text = r#"(module (import "host" "again" (func $again)) (func (export "run") (call $again)))"#;
    let Artifact::Module(module) = load(&runtime, &guest(text)) else { panic!("a module") };
    let mut linker = wasmtime::Linker::new(runtime.engine());
    linker
        .func_wrap("host", "again", |mut caller: Caller<'_, _>| {
            let run = caller.get_export("run").unwrap().into_func().unwrap();
            run.call(&mut caller, &[], &mut [])
        })
        .unwrap();
    let mut store = bounded_store(runtime.engine(), (), Limits { fuel: 1 << 30, ..LIMITS }).unwrap();
    let outcome = on_guest_stack(&mut store, |store| {
        let instance = linker.instantiate(&mut *store, &module)?;
        instance.get_typed_func::<(), ()>(&mut *store, "run")?.call(store, ())
    });
    let reason = format!("{:#}", outcome.unwrap_err());
    assert!(reason.contains("stack was used up"), "{reason}");
}

#[test]
fn a_guest_is_not_called_on_a_stack_that_is_not_its_own() {
    let runtime = Runtime::pulley().unwrap();
    let Artifact::Module(module) = load(&runtime, &guest(r#"(module (func (export "run")))"#)) else {
        panic!("a module")
    };
    let mut store = bounded_store(runtime.engine(), (), LIMITS).unwrap();
    let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let reason = format!("{:#}", run.call(&mut store, ()).unwrap_err());
    assert!(reason.contains("not its own"), "{reason}");
    on_guest_stack(&mut store, |store| run.call(store, ())).unwrap();
}

#[test]
fn memory_does_not_grow_beyond_its_limit() {
    let text = r#"(module (memory 1) (func (export "run") (result i32) (memory.grow (i32.const 16))))"#;
    assert_eq!(run(&guest(text)), Ok("I32(-1)".into()));
}

#[test]
fn an_engine_of_each_tier_is_made_for_its_tier() {
    assert_eq!(Runtime::pulley().unwrap().tier(), Tier::Pulley);
    let engine = Engine::new(&runtime::settings(Tier::Native).unwrap()).unwrap();
    assert!(!engine.is_pulley());
}
