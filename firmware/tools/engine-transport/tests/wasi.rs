//! WASI as guests find it.

mod guests;

use guests::{Tier, component_from_text, run};
use runtime::GuestError;

/// A guest whose `run` is a body with imports of one interface before it.
fn small(package: &str, function: &str, import: &str, body: &str) -> Vec<u8> {
    let (package_name, interface, version) = (
        package.split(['/', '@']).next().unwrap(),
        package.split(['/', '@']).nth(1).unwrap(),
        package.split('@').nth(1).unwrap(),
    );
    component_from_text(
        &format!(
            r#"(module {import} (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
                (func (export "run") (result i32) {body} (i32.const 0)))"#
        ),
        &format!(
            "package test:small; world guest {{ import {package}; export run: func() -> u32; }}
             package {package_name}@{version} {{ interface {interface} {{ {function} }} }}"
        ),
    )
}

fn stopped(outcome: Result<String, GuestError>) -> String {
    match outcome.unwrap_err() {
        GuestError::Stopped(reason) => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn every_interface_links_in_both_of_two_versions_and_gives_what_it_should() {
    let guest =
        component_from_text(include_str!("guests/every-interface.wat"), include_str!("guests/every-interface.wit"));
    for tier in Tier::ALL {
        let (outcome, said) = run(tier, &guest);
        assert_eq!(outcome, Ok("U32(5)".into()), "{tier:?}");
        assert_eq!(said, "wasi: written\nwasi: written and flushed\n");
    }
}

#[test]
fn an_interface_that_nobody_offers_is_named() {
    let guest = small(
        "wasi:sockets/network@0.2.0",
        "get: func();",
        r#"(import "wasi:sockets/network@0.2.0" "get" (func $get))"#,
        "(call $get)",
    );
    let (outcome, _) = run(Tier::Pulley, &guest);
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, GuestError::NotLinked(reason) if reason.contains("wasi:sockets/network@0.2.0")),
        "{error}"
    );
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[test]
fn a_function_that_an_interface_does_not_have_is_named() {
    let guest = small(
        "wasi:random/random@0.2.99",
        "get-dice: func() -> u32;",
        r#"(import "wasi:random/random@0.2.99" "get-dice" (func $dice (result i32)))"#,
        "(drop (call $dice))",
    );
    let error = run(Tier::Pulley, &guest).0.unwrap_err();
    assert!(matches!(&error, GuestError::NotLinked(reason) if reason.contains("get-dice")), "{error}");
}

#[test]
fn another_minor_version_is_another_interface() {
    let guest = small(
        "wasi:random/random@0.3.0",
        "get-random-u64: func() -> u64;",
        r#"(import "wasi:random/random@0.3.0" "get-random-u64" (func $random (result i64)))"#,
        "(drop (call $random))",
    );
    let error = run(Tier::Pulley, &guest).0.unwrap_err();
    assert!(matches!(&error, GuestError::NotLinked(reason) if reason.contains("wasi:random/random@0.3.0")), "{error}");
}

#[test]
fn leaving_says_with_what() {
    for (call, sentence) in [
        ("(call $exit (i32.const 0))", "the guest called exit, to say success"),
        ("(call $exit (i32.const 1))", "the guest called exit, to say failure"),
        ("(call $code (i32.const 7))", "the guest called exit with status 7"),
    ] {
        let guest = small(
            "wasi:cli/exit@0.2.12",
            "exit: func(status: result); exit-with-code: func(status-code: u8);",
            r#"(import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
               (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $code (param i32)))"#,
            call,
        );
        let reason = stopped(run(Tier::Pulley, &guest).0);
        assert!(reason.contains(sentence), "{reason}");
    }
}

#[test]
fn what_only_has_to_exist_ends_the_guest_with_its_name() {
    let guest = small(
        "wasi:filesystem/types@0.2.0",
        "resource descriptor { create-directory-at: func(path: string) -> result; }",
        // A handle that no guest was given is not even passed on: so much for reaching the function.
        r#"(import "wasi:filesystem/types@0.2.0" "[method]descriptor.create-directory-at"
            (func $create (param i32 i32 i32) (result i32)))"#,
        "(drop (call $create (i32.const 1) (i32.const 0) (i32.const 0)))",
    );
    let reason = stopped(run(Tier::Pulley, &guest).0);
    assert!(reason.contains("handle"), "{reason}");
}

#[test]
fn a_guest_does_not_sleep_for_ever() {
    let guest = component_from_text(
        r#"(module
            (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $later (param i64) (result i32)))
            (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
            (func (export "run") (result i32)
                (call $block (call $later (i64.const 3600000000000)))
                (i32.const 0)))"#,
        "package test:sleeper;
         world guest {
             import wasi:io/poll@0.2.0;
             import wasi:clocks/monotonic-clock@0.2.0;
             export run: func() -> u32;
         }
         package wasi:io@0.2.0 { interface poll { resource pollable { block: func(); } } }
         package wasi:clocks@0.2.0 {
             interface monotonic-clock {
                 use wasi:io/poll@0.2.0.{pollable};
                 subscribe-duration: func(when: u64) -> pollable;
             }
         }",
    );
    let reason = stopped(run(Tier::Pulley, &guest).0);
    assert!(reason.contains("sleep for more than 10 s in all"), "{reason}");
}

#[test]
fn random_bytes_are_not_a_way_to_take_all_memory() {
    let guest = small(
        "wasi:random/random@0.2.0",
        "get-random-bytes: func(len: u64) -> list<u8>;",
        r#"(import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))"#,
        "(call $random (i64.const 0x100000000) (i32.const 0))",
    );
    let reason = stopped(run(Tier::Pulley, &guest).0);
    assert!(reason.contains("4294967296 random bytes at once; at most 1048576"), "{reason}");
}
