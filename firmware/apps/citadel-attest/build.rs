//! Fixes the address that the image is linked for, and passes on where the TPM's artifacts are: scripts/build.sh
//! builds them before this crate.

use std::env;
use std::path::Path;

/// The linker's own default for 64-bit images. The image has to know it, to take its relocations back: firmware
/// overwrites the field in its headers.
const BASE: u64 = 0x1_4000_0000;

fn main() {
    println!("cargo:rustc-link-arg-bins=/base:{BASE:#x}");
    println!("cargo:rustc-env=IMAGE_BASE={BASE}");
    for name in ["TPM_PULLEY", "TPM_NATIVE"] {
        println!("cargo:rerun-if-env-changed={name}");
        let path = env::var(name).unwrap_or_else(|_| panic!("{name} is not set: build with scripts/build.sh"));
        assert!(Path::new(&path).is_file(), "{name} names no file: {path}");
        println!("cargo:rerun-if-changed={path}");
        println!("cargo:rustc-env={name}={path}");
    }
}
