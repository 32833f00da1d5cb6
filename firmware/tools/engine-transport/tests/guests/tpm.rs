//! TPMs that are not what they should be.

use super::{Console, Tier, component_from_text};
use engine_transport::LinuxHost;
use runtime::{ComponentTransport, Given, Limits, Services, TpmFailure};

/// As much of `wit/tpm` as a host uses.
const WIT: &str = "
package tegmentum:tpm@0.1.0;
world tpm { export lifecycle; export commands; export config; export state; }
interface types {
    enum tpm-version { tpm12, tpm20 }
    enum state-type { permanent, %volatile, save-state }
    record buffer-size-info { size: u32, min-size: u32, max-size: u32 }
}
interface lifecycle {
    use types.{tpm-version};
    choose-version: func(version: tpm-version) -> result<_, u32>;
    init: func() -> result<_, u32>;
    terminate: func();
}
interface commands { process: func(command: list<u8>) -> result<list<u8>, u32>; }
interface config {
    use types.{buffer-size-info};
    set-buffer-size: func(wanted: u32) -> result<buffer-size-info, u32>;
    set-profile: func(profile: string) -> result<_, u32>;
}
interface state {
    use types.{state-type};
    get-state: func(kind: state-type) -> result<list<u8>, u32>;
    set-state: func(kind: state-type, data: list<u8>) -> result<_, u32>;
}";

/// A TPM whose `init` and `process` are given as the bodies of functions that return where their result is.
///
/// Memory: 0, an empty success. 16 and 32, where `$bytes` and `$error` put their results. 64, a response header of
/// success and ten bytes, behind which every other function leaves a letter: `$log` counts them. 8192 on: arguments.
pub fn tpm(init: &str, process: &str) -> Vec<u8> {
    component_from_text(
        &format!(
            r#"(module
                (memory (export "memory") 2)
                (data (i32.const 64) "\80\01\00\00\00\0a\00\00\00\00")
                (global $free (mut i32) (i32.const 8192))
                (global $log (mut i32) (i32.const 74))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (global.get $free)
                    (global.set $free (i32.add (global.get $free) (local.get 3))))
                (func $note (param i32)
                    (i32.store8 (global.get $log) (local.get 0))
                    (global.set $log (i32.add (global.get $log) (i32.const 1)))
                    (i32.store8 (i32.const 69) (i32.sub (global.get $log) (i32.const 64))))
                (func $bytes (param i32 i32) (result i32)
                    (i32.store8 (i32.const 16) (i32.const 0))
                    (i32.store (i32.const 20) (local.get 0))
                    (i32.store (i32.const 24) (local.get 1))
                    (i32.const 16))
                (func $error (param i32) (result i32)
                    (i32.store8 (i32.const 32) (i32.const 1))
                    (i32.store (i32.const 36) (local.get 0))
                    (i32.const 32))
                (func $ok (result i32) (i32.const 0))
                (func $deeper (result i32) (call $deeper) (call $ok) (i32.add))
                (func (export "tegmentum:tpm/lifecycle@0.1.0#choose-version") (param i32) (result i32)
                    (call $note (i32.const 118)) (call $ok))
                (func (export "tegmentum:tpm/lifecycle@0.1.0#init") (result i32)
                    (call $note (i32.const 105)) {init})
                (func (export "tegmentum:tpm/lifecycle@0.1.0#terminate"))
                (func (export "tegmentum:tpm/config@0.1.0#set-buffer-size") (param i32) (result i32)
                    (call $note (i32.const 98)) (call $ok))
                (func (export "tegmentum:tpm/config@0.1.0#set-profile") (param i32 i32) (result i32)
                    (call $note (i32.const 112)) (call $ok))
                (func (export "tegmentum:tpm/state@0.1.0#set-state") (param i32 i32 i32) (result i32)
                    (call $note (i32.const 115)) (call $ok))
                (func (export "tegmentum:tpm/state@0.1.0#get-state") (param i32) (result i32)
                    (call $error (i32.const 9)))
                (func (export "tegmentum:tpm/commands@0.1.0#process") (param i32 i32) (result i32) {process}))"#
        ),
        WIT,
    )
}

/// Limits that an endless loop reaches in a moment.
const LIMITS: Limits = Limits { fuel: 1_000_000, memory_bytes: 1 << 20, table_elements: 100 };

/// Powers a component on, under Pulley.
pub fn start(component: &[u8], given: &Given<'_>) -> Result<ComponentTransport, TpmFailure> {
    let (engine, component) = Tier::Pulley.load(component);
    let services = Services::new(Box::new(LinuxHost::new(Console::default()).unwrap()));
    ComponentTransport::start(&engine, &component, services, LIMITS, given)
}
