//! Artifacts run on the runtime that they were compiled for, within their bounds, on a Linux host as under UEFI.

mod guests;

use aot_compile::compile;
use guests::{component, guest};
use runtime::{Artifact, GuestError, Limits, Refusal, bounded_store, load, run_component, run_module, settings};
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
