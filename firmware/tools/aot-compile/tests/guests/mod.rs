//! Guests for the tests.

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
