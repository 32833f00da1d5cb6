//! The command line of `aot-compile`.

use aot_compile::{Failure, compile, componentize};
use runtime::Tier;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const HELP: &str = "\
Compiles WebAssembly ahead of time to an artifact for the UEFI runtime.

usage: aot-compile INPUT.wasm OUTPUT.cwasm [pulley64 | native]
       aot-compile --component INPUT.wasm OUTPUT.wasm

The input is recognised by itself: a core module, a component, or a core module
built with wit-bindgen or for WASI preview 1 (wasm32-wasi, wasm32-wasip1), which
is made a component first. The artifact runs only
on the runtime of the same checkout, in the tier that it was compiled for.

  pulley64      bytecode, for firmware that gives no executable pages; the default
  native        machine code of x86-64, many times faster
  --component   only make a component of such a module, do not compile
  -h, --help    print this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["-h" | "--help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        ["--component", input, output] => transform(input, output, componentize),
        [input, output] if !input.starts_with('-') => compile_for("pulley64", input, output),
        [input, output, target] if !input.starts_with('-') => compile_for(target, input, output),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("aot-compile: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn compile_for(target: &str, input: &str, output: &str) -> Result<(), String> {
    let tier = match target {
        "pulley64" => Tier::Pulley,
        "native" => Tier::Native,
        _ => return Err(format!("unknown target `{target}`: it is pulley64 or native")),
    };
    transform(input, output, |bytes| compile(bytes, tier))
}

/// Reads, transforms, writes: the output appears only when all of it is right.
fn transform(input: &str, output: &str, step: impl FnOnce(&[u8]) -> Result<Vec<u8>, Failure>) -> Result<(), String> {
    let bytes = fs::read(Path::new(input)).map_err(|error| format!("cannot read {input}: {error}"))?;
    let result = step(&bytes).map_err(|failure| format!("{input}: {failure}"))?;
    fs::write(output, result).map_err(|error| format!("cannot write {output}: {error}"))
}
