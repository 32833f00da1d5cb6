//! Fuzzes the engine for as long as it is told: `cargo run --release -p tpm2-engine --example fuzz -- SEED COMMANDS`.

#[path = "../tests/support/mod.rs"]
mod support;

#[path = "../tests/support/fuzz.rs"]
mod fuzz;

use support::*;
use tpm2_engine::Tpm;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map_while(|argument| argument.parse().ok()).collect();
    let [seed, commands] = numbers[..] else {
        eprintln!("usage: fuzz SEED COMMANDS");
        std::process::exit(2);
    };
    let report = fuzz::run(seed, commands);
    println!(
        "{} commands, {} of them succeeded, {} different answers",
        report.commands, report.succeeded, report.answers
    );
}
