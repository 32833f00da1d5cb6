//! Artifacts run on the runtime that they were compiled for, within their bounds, on a Linux host as under UEFI.

mod guests;

use aot_compile::compile;
use guests::{component, guest};
use runtime::{
    Artifact, Bounded, GuestError, Limits, Refusal, bounded_store, limit_host_time, load, run_component, run_module,
    settings,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wasmtime::Engine;
use wasmtime::component::Linker;

fn engine() -> Engine {
    Engine::new(&settings().unwrap()).unwrap()
}

/// Compiles and runs a guest within limits that a test can reach.
fn run(bytes: &[u8]) -> Result<String, GuestError> {
    let engine = engine();
    let limits = Limits { fuel: 100_000, memory_bytes: 1 << 20, table_elements: 100 };
    // SAFETY: compiled right here.
    let artifact = unsafe { load(&engine, &compile(bytes).unwrap()) }.unwrap();
    let store = bounded_store(&engine, (), limits).unwrap();
    match artifact {
        Artifact::Module(module) => run_module(store, &module),
        Artifact::Component(component) => run_component(store, &Linker::new(&engine), &component),
    }
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
    let engine = engine();
    // SAFETY: compiled right here.
    let Artifact::Component(component) = unsafe { load(&engine, &compile(bytes).unwrap()) }.unwrap() else {
        panic!("a component");
    };
    let seconds = Arc::new(AtomicU64::new(0));
    let (clock, ticking) = (seconds.clone(), seconds.clone());
    let mut linker = Linker::<Bounded<()>>::new(&engine);
    let mut host = linker.instance("test:host/work@1.0.0").unwrap();
    host.func_wrap("work", move |_, (_bytes,): (Vec<u8>,)| {
        ticking.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })
    .unwrap();
    let mut store = bounded_store(&engine, (), Limits::default()).unwrap();
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
fn a_guest_that_recurses_for_ever_is_stopped() {
    let error = run(&guest(r#"(module (func $f (export "run") (call $f)))"#)).unwrap_err();
    stopped_because(error);
}

#[test]
fn memory_does_not_grow_beyond_its_limit() {
    let text = r#"(module (memory 1) (func (export "run") (result i32) (memory.grow (i32.const 16))))"#;
    assert_eq!(run(&guest(text)), Ok("I32(-1)".into()));
}

#[test]
fn a_truncated_artifact_is_refused_and_not_run() {
    let engine = engine();
    let artifact = compile(&component()).unwrap();
    for length in (0..artifact.len()).step_by(97) {
        // SAFETY: the code inside is what aot-compile wrote, and nothing of it is called.
        let refusal = unsafe { load(&engine, &artifact[..length]) }.unwrap_err();
        assert!(!refusal.to_string().contains('\n'), "{refusal}");
    }
}

#[test]
fn an_artifact_of_other_settings_is_refused() {
    let mut config = settings().unwrap();
    config.consume_fuel(false);
    let artifact = Engine::new(&config).unwrap().precompile_module(&guest("(module)")).unwrap();
    // SAFETY: the code inside is what wasmtime wrote, and nothing of it is called.
    let refusal = unsafe { load(&engine(), &artifact) }.unwrap_err();
    assert!(matches!(refusal, Refusal::Incompatible(_)), "{refusal}");
}
