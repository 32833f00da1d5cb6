//! The command line of `aot-compile`.

use aot_compile::{compile, componentize};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const HELP: &str = "\
Compiles WebAssembly ahead of time to an artifact for the UEFI runtime.

usage: aot-compile INPUT.wasm OUTPUT.cwasm [pulley64]
       aot-compile --component INPUT.wasm OUTPUT.wasm

The input is recognised by itself: a core module, a component, or a core module
built with wit-bindgen, which is made a component first. The artifact runs only
on the runtime of the same checkout; pulley64 is the one target there is.

  --component   only make a component of a wit-bindgen module, do not compile
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
        [input, output] | [input, output, "pulley64"] if !input.starts_with('-') => transform(input, output, compile),
        [_, _, target] => Err(format!("unknown target `{target}`: the only one is pulley64")),
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

/// Reads, transforms, writes: the output appears only when all of it is right.
fn transform(
    input: &str,
    output: &str,
    step: fn(&[u8]) -> Result<Vec<u8>, aot_compile::Failure>,
) -> Result<(), String> {
    let bytes = fs::read(Path::new(input)).map_err(|error| format!("cannot read {input}: {error}"))?;
    let result = step(&bytes).map_err(|failure| format!("{input}: {failure}"))?;
    fs::write(output, result).map_err(|error| format!("cannot write {output}: {error}"))
}
