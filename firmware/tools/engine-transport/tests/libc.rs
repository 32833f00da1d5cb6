//! Guests in C: compiled for wasm32-wasi by zig, adapted from WASI preview 1, run on this project's WASI.

mod guests;

use aot_compile::componentize;
use guests::{Tier, component, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What compiles C. `make setup` installs zig from the Python package `ziglang`; `ZIG` names another, as words.
const ZIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../.venv/bin/python -m ziglang");

/// Compiles a C file of `guests` to a core module.
fn compile(source: &str, options: &[&str]) -> Vec<u8> {
    let zig = std::env::var("ZIG").unwrap_or_else(|_| ZIG.into());
    let output = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(source).with_extension("wasm");
    let mut words = zig.split_whitespace();
    let status = Command::new(words.next().unwrap())
        .args(words)
        .args(["cc", "-target", "wasm32-wasi", "-O2", "-s", "-o"])
        .arg(&output)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests").join(source))
        .args(options)
        .status()
        .unwrap_or_else(|error| panic!("{zig}: {error}; pip install ziglang, and set ZIG='python3 -m ziglang'"));
    assert!(status.success(), "{zig} compiles {source}; if it is missing: pip install ziglang");
    std::fs::read(output).unwrap()
}

#[test]
fn a_library_in_c_finds_what_a_libc_promises() {
    let module = compile("libc-guest.c", &["-mexec-model=reactor"]);
    let component = component(&module, "package test:guest; world guest { export run: func() -> u32; }");
    for tier in Tier::ALL {
        let (outcome, said) = run(tier, &component);
        assert_eq!(outcome, Ok("U32(13)".into()), "{tier:?}: {said}");
        assert_eq!(said, "libc: hello, pi is 3.141593 and so is 3.141593\n");
    }
}

#[test]
fn a_program_in_c_runs_by_its_main() {
    let component = componentize(&compile("libc-main.c", &[])).unwrap();
    let (outcome, said) = run(Tier::Pulley, &component);
    assert_eq!(outcome, Ok("Result(Ok(None))".into()), "{said}");
    assert_eq!(said, "main: 0 arguments\n");
}
