//! Artifacts that are not run, each refused with one sentence.

mod guests;

use aot_compile::compile;
use guests::{component, guest};
use runtime::{Refusal, Runtime, Tier, seal, settings};
use wasmtime::{Config, Engine, ModuleVersionStrategy};

/// Why an artifact is refused.
fn refusal(artifact: &[u8]) -> Refusal {
    // SAFETY: every byte is what the compiler wrote, or the artifact is refused; nothing of it is called.
    let refusal = unsafe { Runtime::pulley().unwrap().load(artifact) }.unwrap_err();
    assert!(!refusal.to_string().contains('\n'), "{refusal}");
    refusal
}

/// An artifact compiled with other settings, and sealed.
fn compiled_with(change: impl FnOnce(&mut Config)) -> Vec<u8> {
    let mut config = settings(Tier::Pulley).unwrap();
    change(&mut config);
    seal(Tier::Pulley, Engine::new(&config).unwrap().precompile_module(&guest("(module)")).unwrap())
}

#[test]
fn an_artifact_cut_short_is_refused() {
    let artifact = compile(&component(), Tier::Pulley).unwrap();
    for length in (4..artifact.len()).step_by(97) {
        assert_eq!(refusal(&artifact[..length]), Refusal::Truncated, "{length} bytes");
    }
}

#[test]
fn a_flipped_bit_is_refused_wherever_it_is() {
    let artifact = compile(&component(), Tier::Pulley).unwrap();
    for place in (4..artifact.len()).step_by(61) {
        let mut flipped = artifact.clone();
        flipped[place] ^= 1 << (place % 8);
        assert!(matches!(refusal(&flipped), Refusal::Damaged | Refusal::Truncated), "byte {place}");
    }
}

#[test]
fn an_artifact_of_other_settings_is_refused() {
    let refusal = refusal(&compiled_with(|config| {
        config.consume_fuel(false);
    }));
    assert!(matches!(&refusal, Refusal::Incompatible(reason) if reason.contains("fuel")), "{refusal}");
}

#[test]
fn an_artifact_of_another_wasmtime_is_refused() {
    let refusal = refusal(&compiled_with(|config| {
        config.module_version(ModuleVersionStrategy::Custom("47.0.1".into())).unwrap();
    }));
    assert!(matches!(&refusal, Refusal::Incompatible(reason) if reason.contains("47.0.1")), "{refusal}");
}

#[test]
fn an_artifact_for_the_other_tier_is_refused() {
    let artifact = compile(&component(), Tier::Native).unwrap();
    assert_eq!(refusal(&artifact), Refusal::OtherTier { artifact: Tier::Native, runtime: Tier::Pulley });
}

#[test]
fn an_artifact_without_a_seal_is_refused() {
    let engine = Engine::new(&settings(Tier::Pulley).unwrap()).unwrap();
    assert_eq!(refusal(&engine.precompile_module(&guest("(module)")).unwrap()), Refusal::Truncated);
}
