//! The command line of `image-digest`.

use image_digest::{ImageError, image_digest, load, preferred_base};
use std::process::ExitCode;
use std::{env, fs};

const HELP: &str = "\
Prints the image digest of EFI applications: what citadel-attest measures.

usage: image-digest FILE.efi...

One line for each file: the digest, two spaces, the file's name. It is SHA-256
over the sections that are not writable, as they lie in memory at the image's
preferred base.

  -h, --help   print this text
";

fn main() -> ExitCode {
    let files: Vec<String> = env::args().skip(1).collect();
    if files.iter().any(|file| file == "-h" || file == "--help") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if files.is_empty() || files.iter().any(|file| file.starts_with('-')) {
        eprint!("{HELP}");
        return ExitCode::from(2);
    }
    let mut all = ExitCode::SUCCESS;
    for file in files {
        match line(&file) {
            Ok(line) => println!("{line}"),
            Err(sentence) => {
                eprintln!("image-digest: {sentence}");
                all = ExitCode::FAILURE;
            }
        }
    }
    all
}

fn line(file: &str) -> Result<String, String> {
    let bytes = fs::read(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let digest = digest(&bytes).map_err(|error| format!("{file}: {error}"))?;
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{hex}  {file}"))
}

fn digest(file: &[u8]) -> Result<[u8; 32], ImageError> {
    let base = preferred_base(file)?;
    image_digest(load(file)?.as_slice(), base, base)
}
