//! A TPM component that does anything wrong ends in one sentence.

mod guests;

use guests::component_from_text;
use guests::tpm::{start, tpm};
use runtime::{Given, Malformed, StateType, TpmFailure};
use tpm2_driver::TpmTransport;

const STARTUP: [u8; 12] = [0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0];
const GOOD_INIT: &str = "(call $ok)";
const GOOD_PROCESS: &str = "(call $bytes (i32.const 64) (i32.sub (global.get $log) (i32.const 64)))";

/// What one command to a TPM with such a `process` ends in, and then another.
fn processed(process: &str) -> [Result<Vec<u8>, TpmFailure>; 2] {
    let mut tpm = start(&tpm(GOOD_INIT, process), &Given::default()).unwrap();
    [tpm.process(&STARTUP), tpm.process(&STARTUP)]
}

fn malformed(process: &str) -> Malformed {
    let [first, second] = processed(process);
    let Err(TpmFailure::Malformed(malformed)) = first else { panic!("{first:?}") };
    assert_eq!(second, Err(TpmFailure::Malformed(malformed)), "such a component goes on");
    malformed
}

/// The reason for which a component was stopped, which is for good.
fn stopped(process: &str) -> String {
    let [first, second] = processed(process);
    let Err(failure) = first else { panic!("{first:?}") };
    assert!(!failure.to_string().contains('\n'), "{failure}");
    let TpmFailure::Stopped("process", reason) = failure else { panic!("{failure}") };
    assert!(matches!(second, Err(TpmFailure::Stopped("process", _))), "{second:?}");
    reason
}

#[test]
fn calls_come_in_the_order_that_the_contract_names() {
    let given = Given {
        buffer_size: Some(4096),
        profile: Some("{}"),
        states: &[(StateType::Permanent, b"abc"), (StateType::Volatile, b"")],
    };
    let mut tpm = start(&tpm(GOOD_INIT, GOOD_PROCESS), &given).unwrap();
    let response = tpm.process(&STARTUP).unwrap();
    assert_eq!(&response[10..], b"vbpssi");
    assert_eq!(tpm.state(StateType::Permanent), Err(TpmFailure::Refused("get-state", 9)));
    tpm.terminate().unwrap();
}

#[test]
fn a_trap_is_named() {
    assert!(stopped("(unreachable)").contains("unreachable"));
}

#[test]
fn a_command_that_never_returns_runs_out_of_fuel() {
    assert!(stopped("(loop (br 0)) (unreachable)").contains("fuel"));
}

#[test]
fn recursion_without_end_is_stopped() {
    assert!(stopped("(call $deeper)").contains("stack"));
}

#[test]
fn memory_without_end_is_not_given() {
    // Grows until growing fails, and traps then: the host is still there to say so.
    let greedy = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";
    assert!(stopped(greedy).contains("unreachable"));
}

#[test]
fn bytes_beyond_the_components_memory_are_not_read() {
    let reason = stopped("(call $bytes (i32.const 64) (i32.const 0x7fffffff))");
    assert!(reason.contains("out of bounds") || reason.contains("out-of-bounds"), "{reason}");
}

#[test]
fn garbage_is_no_response() {
    assert_eq!(malformed("(call $bytes (i32.const 1024) (i32.const 20))"), Malformed::Tag(0));
}

#[test]
fn a_short_response_is_none() {
    assert_eq!(malformed("(call $bytes (i32.const 64) (i32.const 9))"), Malformed::Short(9));
    assert_eq!(malformed("(call $bytes (i32.const 64) (i32.const 0))"), Malformed::Short(0));
}

#[test]
fn a_long_response_is_none() {
    assert_eq!(malformed("(call $bytes (i32.const 64) (i32.const 4097))"), Malformed::Long(4097));
}

#[test]
fn a_response_whose_size_lies_is_none() {
    assert_eq!(malformed("(call $bytes (i32.const 64) (i32.const 11))"), Malformed::Size(12, 11));
}

#[test]
fn an_error_in_place_of_a_response_keeps_its_code() {
    let [first, second] = processed("(call $error (i32.const 0x101))");
    assert_eq!(first, Err(TpmFailure::Refused("process", 0x101)));
    assert_eq!(second, first);
    let sentence = TpmFailure::Refused("process", 0x101).to_string();
    assert_eq!(sentence, "the TPM component answered `process` with error 0x101");
}

#[test]
fn a_tpm_that_does_not_come_up_says_at_which_call() {
    let started = |init| start(&tpm(init, GOOD_PROCESS), &Given::default()).map(|_| ()).unwrap_err();
    assert_eq!(started("(call $error (i32.const 9))"), TpmFailure::Refused("init", 9));
    assert!(matches!(started("(unreachable)"), TpmFailure::Stopped("init", _)));
    let endless = started("(loop (br 0)) (unreachable)");
    assert!(matches!(&endless, TpmFailure::Stopped("init", reason) if reason.contains("fuel")), "{endless}");
}

#[test]
fn a_component_of_another_world_is_no_tpm() {
    let other = component_from_text(
        r#"(module (func (export "run") (result i32) (i32.const 42)))"#,
        "package test:guest; world guest { export run: func() -> u32; }",
    );
    let failure = start(&other, &Given::default()).unwrap_err();
    assert_eq!(failure, TpmFailure::NotATpm("commands", "process"));
}

#[test]
fn a_function_with_other_types_is_not_the_contracts() {
    let other = component_from_text(
        r#"(module (func (export "tegmentum:tpm/commands@0.1.0#process") (param i32) (result i32) (i32.const 42)))"#,
        "package tegmentum:tpm@0.1.0; world guest { export commands; }
         interface commands { process: func(command: u32) -> u32; }",
    );
    let failure = start(&other, &Given::default()).unwrap_err();
    assert_eq!(failure, TpmFailure::NotATpm("commands", "process"));
}

#[test]
fn an_import_that_a_tpm_does_not_get_is_named() {
    let other = component_from_text(
        r#"(module
            (import "tegmentum:uefi/console@0.1.0" "write" (func $write (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "run")))"#,
        "package test:guest; world guest { import tegmentum:uefi/console@0.1.0; export run: func(); }
         package tegmentum:uefi@0.1.0 { interface console { write: func(text: string) -> result; } }",
    );
    let failure = start(&other, &Given::default()).unwrap_err();
    let TpmFailure::NotLinked(reason) = &failure else { panic!("{failure}") };
    assert!(reason.contains("tegmentum:uefi/console@0.1.0"), "{reason}");
    assert!(!failure.to_string().contains('\n'));
}
