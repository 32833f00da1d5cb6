//! What is compiled, and what is refused with which sentence.

mod guests;

use aot_compile::{Failure, Input, classify, componentize};
use guests::{component, guest};
use object::{Object, ObjectSection};
use runtime::Tier;
use wasmtime::{Engine, Precompiled};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A core module with a `run` and wit-bindgen's description of its world.
fn bindgen_module() -> Vec<u8> {
    let mut bytes = guest(r#"(module (func (export "run") (result i32) (i32.const 42)))"#);
    let mut resolve = Resolve::default();
    let package =
        resolve.push_str("world.wit", "package test:guest; world guest { export run: func() -> u32; }").unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
    bytes
}

fn compile(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    aot_compile::compile(bytes, Tier::Pulley)
}

#[test]
fn native_code_carries_no_unwind_table_by_name() {
    for bytes in [guest(r#"(module (func (export "run")))"#), component()] {
        let artifact = aot_compile::compile(&bytes, Tier::Native).unwrap();
        let file = object::File::parse(&artifact[..]).unwrap();
        let named = |name| file.sections().filter(|section| section.name() == Ok(name)).count();
        assert_eq!((named(".pdata"), named(".xdata"), named(".text")), (0, 2, 1));
    }
}

#[test]
fn a_guest_compiles_for_each_tier_to_the_same_bytes_every_time() {
    for tier in Tier::ALL {
        assert_eq!(aot_compile::compile(&component(), tier), aot_compile::compile(&component(), tier));
    }
    assert_ne!(aot_compile::compile(&component(), Tier::Native), aot_compile::compile(&component(), Tier::Pulley));
}

#[test]
fn a_core_module_becomes_a_module_artifact() {
    let bytes = guest("(module)");
    assert_eq!(classify(&bytes), Ok(Input::Module));
    assert_eq!(Engine::detect_precompiled(&compile(&bytes).unwrap()), Some(Precompiled::Module));
}

#[test]
fn a_component_becomes_a_component_artifact() {
    assert_eq!(classify(&component()), Ok(Input::Component));
    assert_eq!(Engine::detect_precompiled(&compile(&component()).unwrap()), Some(Precompiled::Component));
}

#[test]
fn a_module_of_wit_bindgen_becomes_a_component() {
    assert_eq!(classify(&bindgen_module()), Ok(Input::BindgenModule));
    assert_eq!(classify(&componentize(&bindgen_module()).unwrap()), Ok(Input::Component));
    assert_eq!(Engine::detect_precompiled(&compile(&bindgen_module()).unwrap()), Some(Precompiled::Component));
}

#[test]
fn a_module_without_a_world_does_not_become_a_component() {
    let failure = componentize(&guest(r#"(module (import "env" "f" (func)))"#)).unwrap_err();
    assert!(matches!(failure, Failure::Component(_)), "{failure}");
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(compile(b""), Err(Failure::Empty));
}

#[test]
fn garbage_is_refused() {
    assert_eq!(compile(b"no WebAssembly"), Err(Failure::NotWebAssembly));
    let failure = compile(b"\0asm\xff\xff\xff\xff").unwrap_err();
    assert!(matches!(failure, Failure::Malformed(_)), "{failure}");
}

#[test]
fn damaged_webassembly_is_refused() {
    let mut bytes = guest(r#"(module (func (export "run")))"#);
    bytes.truncate(bytes.len() - 2);
    let failure = compile(&bytes).unwrap_err();
    assert!(matches!(failure, Failure::Malformed(_)), "{failure}");
}

#[test]
fn an_artifact_is_not_compiled_again() {
    for tier in Tier::ALL {
        let artifact = aot_compile::compile(&guest("(module)"), tier).unwrap();
        assert_eq!(compile(&artifact), Err(Failure::AlreadyCompiled));
    }
}

#[test]
fn a_failure_is_one_sentence() {
    for failure in [Failure::Empty, Failure::AlreadyCompiled, Failure::NotWebAssembly] {
        assert!(!failure.to_string().contains('\n'));
    }
}
