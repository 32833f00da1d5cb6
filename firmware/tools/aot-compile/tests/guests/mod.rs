//! Guests for the tests.

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Bytes of a guest written as text.
pub fn guest(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A component whose `run` returns 42.
pub fn component() -> Vec<u8> {
    guest(
        r#"(component
            (core module $m (func (export "run") (result i32) (i32.const 42)))
            (core instance $i (instantiate $m))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))"#,
    )
}

/// A core module with the same `run` and wit-bindgen's description of its world.
pub fn bindgen_module() -> Vec<u8> {
    let mut bytes = guest(r#"(module (func (export "run") (result i32) (i32.const 42)))"#);
    let mut resolve = Resolve::default();
    let package =
        resolve.push_str("world.wit", "package test:guest; world guest { export run: func() -> u32; }").unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
    bytes
}
