//! The fuzzer with a fixed budget; `cargo run --release --example fuzz` has any.

mod support;

#[path = "support/fuzz.rs"]
mod fuzz;

use support::*;
use tpm2_engine::Tpm;

#[test]
fn a_hundred_thousand_mutated_commands_are_all_answered() {
    let report = fuzz::run(1, 100_000);
    assert_eq!(report.commands, 100_000);
    // That it reaches what lies behind the header: many succeed, and are refused in many ways.
    assert!(report.succeeded > 1_000, "{} succeeded", report.succeeded);
    assert!(report.answers > 300, "{} different answers", report.answers);
}
