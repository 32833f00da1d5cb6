//! What our TPM component exports beside what a transport calls: as a host of another kind would call it.

mod guests;

use guests::{LIMITS, Tier, ours};
use runtime::{Bounded, Services, add_wasi_to_linker, bounded_store, on_guest_stack};
use std::sync::LazyLock;
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Engine, Store};

const FAIL: u32 = 9;
const BAD_PARAMETER: u32 = 3;
const INVALID_POSTINIT: u32 = 38;

/// The component, compiled once for all tests.
static TPM: LazyLock<(Engine, Component)> = LazyLock::new(|| Tier::Native.load(&ours::component("ephemeral-tpm")));

/// An instance of the component, called by names.
struct Exports {
    store: Store<Bounded<Services>>,
    instance: Instance,
}

impl Exports {
    /// Without power.
    fn new() -> Self {
        let (engine, component) = &*TPM;
        let mut linker = Linker::new(engine);
        add_wasi_to_linker(&mut linker, |data: &mut Bounded<Services>| &mut data.host).unwrap();
        let mut store = bounded_store(engine, Services::new(Box::new(ours::host())), LIMITS).unwrap();
        let instance = on_guest_stack(&mut store, |store| linker.instantiate(store, component)).unwrap();
        Self { store, instance }
    }

    fn powered() -> Self {
        let mut tpm = Self::new();
        assert_eq!(tpm.call("lifecycle", "choose-version", &[name("tpm20")]), [ok()]);
        assert_eq!(tpm.call("lifecycle", "init", &[]), [ok()]);
        tpm
    }

    fn call(&mut self, interface: &str, function: &str, arguments: &[Val]) -> Vec<Val> {
        let interface = format!("tegmentum:tpm/{interface}@0.1.0");
        let found = self.instance.get_export_index(&mut self.store, None, &interface).unwrap();
        let found = self.instance.get_export_index(&mut self.store, Some(&found), function).unwrap();
        let function = self.instance.get_func(&mut self.store, found).unwrap();
        let mut results = vec![Val::Bool(false); function.ty(&self.store).results().len()];
        self.store.set_fuel(LIMITS.fuel).unwrap();
        on_guest_stack(&mut self.store, |store| function.call(store, arguments, &mut results)).unwrap();
        results
    }
}

fn ok() -> Val {
    Val::Result(Ok(None))
}

fn ok_with(value: Val) -> Val {
    Val::Result(Ok(Some(Box::new(value))))
}

fn error(code: u32) -> Val {
    Val::Result(Err(Some(Box::new(Val::U32(code)))))
}

fn text(text: &str) -> Val {
    Val::String(text.into())
}

fn name(name: &str) -> Val {
    Val::Enum(name.into())
}

fn flags(names: &[&str]) -> Val {
    Val::Flags(names.iter().map(|&name| name.into()).collect())
}

fn bytes(bytes: &[u8]) -> Val {
    Val::List(bytes.iter().copied().map(Val::U8).collect())
}

#[test]
fn a_version_is_chosen_before_power_and_only_two_point_zero() {
    let mut tpm = Exports::new();
    assert_eq!(tpm.call("lifecycle", "get-version", &[]), [Val::U32(0x0001_0000)]);
    assert_eq!(tpm.call("lifecycle", "init", &[]), [error(INVALID_POSTINIT)]);
    assert_eq!(tpm.call("lifecycle", "choose-version", &[name("tpm12")]), [error(FAIL)]);
    assert_eq!(tpm.call("lifecycle", "was-manufactured", &[]), [Val::Bool(false)]);
    let mut tpm = Exports::powered();
    assert_eq!(tpm.call("lifecycle", "was-manufactured", &[]), [Val::Bool(true)]);
    assert_eq!(tpm.call("lifecycle", "choose-version", &[name("tpm20")]), [error(INVALID_POSTINIT)]);
    assert_eq!(tpm.call("lifecycle", "terminate", &[]), []);
    assert_eq!(tpm.call("lifecycle", "was-manufactured", &[]), [Val::Bool(false)]);
}

#[test]
fn a_state_blob_is_decoded_and_what_is_none_is_refused() {
    let mut tpm = Exports::new();
    let mut decode = |blob: &str| tpm.call("lifecycle", "decode-blob", &[text(blob), name("initstate")]).remove(0);
    let framed = |digits: &str| format!("before\n-----BEGIN INITSTATE-----{digits}-----END INITSTATE-----\nbehind");
    assert_eq!(decode(&framed("\naGVs\r\nbG8=\n")), ok_with(bytes(b"hello")));
    assert_eq!(decode(&framed("")), ok_with(bytes(b"")));
    for digits in ["aGVsbG8", "aGVs*G8=", "aGVsbG9=", "a===", "=aGV", "aGé="] {
        assert_eq!(decode(&framed(digits)), error(BAD_PARAMETER), "{digits}");
    }
    for blob in ["", "aGVsbG8=", "-----BEGIN INITSTATE-----aGVs", "aGVs-----END INITSTATE-----"] {
        assert_eq!(decode(blob), error(BAD_PARAMETER), "{blob}");
    }
}

#[test]
fn the_settings_are_what_they_are() {
    let mut tpm = Exports::new();
    assert_eq!(tpm.call("config", "get-property", &[name("buffer-max")]), [ok_with(Val::S32(4096))]);
    assert_eq!(tpm.call("config", "get-property", &[name("max-nv-space")]), [error(FAIL)]);
    for wanted in [0, 1, 4096, u32::MAX] {
        let sizes = ["size", "min-size", "max-size"].map(|name| (name.into(), Val::U32(4096)));
        let became = tpm.call("config", "set-buffer-size", &[Val::U32(wanted)]);
        assert_eq!(became, [ok_with(Val::Record(sizes.into()))], "{wanted}");
    }
    for (profile, answer) in [("", ok()), ("{}", ok()), (r#"{"Name":"null"}"#, error(FAIL)), ("{", error(FAIL))] {
        assert_eq!(tpm.call("config", "set-profile", &[text(profile)]), [answer], "{profile}");
    }
    assert_eq!(tpm.call("config", "set-debug-level", &[Val::U32(u32::MAX)]), []);
    assert_eq!(tpm.call("config", "set-debug-prefix", &[text("tpm: ")]), [ok()]);
}

#[test]
fn information_is_what_was_asked_for() {
    let mut tpm = Exports::new();
    let mut info = |names: &[&str]| tpm.call("config", "get-info", &[flags(names)]).remove(0);
    let specification = r#""TPMSpecification":{"family":"2.0","level":0,"revision":159}"#;
    let features = r#""TPMFeatures":{"RSAKeySizes":[],"ECCCurves":["NIST_P256"]}"#;
    assert_eq!(info(&[]), text("{}"));
    assert_eq!(info(&["active-profile", "runtime-commands"]), text("{}"));
    assert_eq!(info(&["tpm-features"]), text(&format!("{{{features}}}")));
    let both = ["tpm-features", "tpm-specification"];
    assert_eq!(info(&both), text(&format!("{{{specification},{features}}}")));
}

/// TPM2_Startup(CLEAR), and TPM2_PCR_Read of PCR 17 in the SHA-256 bank.
const STARTUP: &[u8] = b"\x80\x01\0\0\0\x0c\0\0\x01\x44\0\0";
const READ_17: &[u8] = b"\x80\x01\0\0\0\x14\0\0\x01\x7e\0\0\0\x01\0\x0b\x03\0\0\x02";

/// The last 32 bytes of a response, in hexadecimal.
fn digest(tpm: &mut Exports) -> String {
    let [Val::Result(Ok(Some(response)))] = &tpm.call("commands", "process", &[bytes(READ_17)])[..] else {
        panic!("no response");
    };
    let Val::List(response) = &**response else { panic!("{response:?}") };
    let hex = response.iter().map(|byte| if let Val::U8(byte) = byte { format!("{byte:02x}") } else { panic!() });
    hex.skip(response.len() - 32).collect()
}

#[test]
fn a_dynamic_root_of_trust_is_measured_into_pcr_17() {
    let mut tpm = Exports::powered();
    tpm.call("commands", "process", &[bytes(STARTUP)]);
    assert_eq!(digest(&mut tpm), "f".repeat(64));
    // Without a beginning there is nothing to add to and nothing to end.
    assert_eq!(tpm.call("tis", "hash-data", &[bytes(b"lost")]), [ok()]);
    assert_eq!(tpm.call("tis", "hash-end", &[]), [ok()]);
    assert_eq!(digest(&mut tpm), "f".repeat(64));
    assert_eq!(tpm.call("tis", "tpm-established-get", &[]), [ok_with(Val::Bool(false))]);

    assert_eq!(tpm.call("tis", "hash-start", &[]), [ok()]);
    assert_eq!(tpm.call("tis", "hash-data", &[bytes(b"meas")]), [ok()]);
    assert_eq!(tpm.call("tis", "hash-data", &[bytes(b"ured")]), [ok()]);
    assert_eq!(tpm.call("tis", "hash-end", &[]), [ok()]);
    // SHA-256 of 32 zeros and the SHA-256 of `measured`.
    assert_eq!(digest(&mut tpm), "5c568aed04de9ad56d19382e8873b622b0504722ed421065adfaca2b98943f4b");
    assert_eq!(tpm.call("tis", "tpm-established-get", &[]), [ok_with(Val::Bool(true))]);
    assert_eq!(tpm.call("tis", "tpm-established-reset", &[]), [ok()]);
    assert_eq!(tpm.call("tis", "tpm-established-get", &[]), [ok_with(Val::Bool(false))]);
}

#[test]
fn without_power_nothing_is_measured() {
    let mut tpm = Exports::new();
    for function in ["hash-start", "hash-end", "tpm-established-get", "tpm-established-reset"] {
        assert_eq!(tpm.call("tis", function, &[]), [error(FAIL)], "{function}");
    }
    assert_eq!(tpm.call("tis", "hash-data", &[bytes(b"lost")]), [error(FAIL)]);
}
