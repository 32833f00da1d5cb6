//! Fixes the address that the image is linked for, and passes on where the embedded guests are, one artifact per tier.
//! They are built before this crate, by scripts/build.sh.

use std::path::Path;
use std::{env, fs};

/// The linker's own default for 64-bit images. The image has to know it, to take its relocations back: firmware
/// overwrites the field in its headers.
const BASE: u64 = 0x1_4000_0000;
const LOCK: &str = "../../Cargo.lock";

fn main() {
    println!("cargo:rustc-link-arg-bins=/base:{BASE:#x}");
    println!("cargo:rustc-env=IMAGE_BASE={BASE}");
    for name in ["ADD_PULLEY", "ADD_NATIVE", "DEMO_PULLEY", "DEMO_NATIVE", "TPM_PULLEY", "TPM_NATIVE"] {
        println!("cargo:rerun-if-env-changed={name}");
        let path = env::var(name).unwrap_or_else(|_| panic!("{name} is not set: build with scripts/build.sh"));
        assert!(Path::new(&path).is_file(), "{name} names no file: {path}");
        println!("cargo:rerun-if-changed={path}");
        println!("cargo:rustc-env={name}={path}");
    }
    println!("cargo:rerun-if-changed={LOCK}");
    println!("cargo:rustc-env=WASMTIME_VERSION={}", wasmtime_version());
}

/// The version in the lock file: wasmtime itself does not tell.
fn wasmtime_version() -> String {
    let lock = fs::read_to_string(LOCK).unwrap_or_else(|error| panic!("{LOCK}: {error}"));
    let (_, after) = lock.split_once("name = \"wasmtime\"\nversion = \"").expect("the lock file names wasmtime");
    after.chars().take_while(|&character| character != '"').collect()
}
