"""Cargo recipes with the real toolchain: one UEFI application without dependencies."""

import dataclasses
from pathlib import Path

import pytest

from farm.wire import Cause, Recipe, StepState, Verdict
from mirrors import UrlPolicy
from tests.workers.build.build_fakes import SMALL, Farm, RecordingClient
from workers.build.host import BuildHost

MANIFEST = """
[package]
name = "hello"
version = "0.1.0"
edition = "2024"
[profile.dev]
panic = "abort"
"""
LOCK = 'version = 4\n\n[[package]]\nname = "hello"\nversion = "0.1.0"\n'
MAIN = """#![no_std]
#![no_main]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
#[unsafe(no_mangle)]
pub extern "efiapi" fn efi_main(_: usize, _: usize) -> usize { 0x1234_0000 + WHICH }
"""
APP = {"Cargo.toml": MANIFEST, "Cargo.lock": LOCK, "src/main.rs": MAIN + "const WHICH: usize = 1;\n"}
DEBUG = Recipe(profile="debug", timeout_seconds=300)


@pytest.fixture(scope="module")
def cargo_farm(tmp_path_factory: pytest.TempPathFactory) -> Farm:
    """One cache for all tests here: the standard library is compiled once."""
    root = tmp_path_factory.mktemp("cargo")
    (root / "run").mkdir()
    limits = dataclasses.replace(SMALL, artifact=64 << 20)
    return Farm(root / "repositories", BuildHost(root / "cache", root / "run", UrlPolicy((root,)), limits))


def _build(farm: Farm, files: dict[str, str], recipe: Recipe = DEBUG) -> RecordingClient:
    farm.commit(files)
    return farm.build(farm.job(recipe))


def _image(client: RecordingClient) -> bytes:
    assert client.outcome.verdict == Verdict.PASS, client.console.decode()
    (artifact,) = client.outcome.artifacts
    assert artifact.name == "hello.efi"
    assert artifact.authenticode is not None
    assert artifact.authenticode != artifact.digest
    return client.uploads[artifact.digest]


def _returns(image: bytes, which: int) -> bool:
    return (0x1234_0000 + which).to_bytes(4, "little") in image


def test_going_back_to_an_older_commit_builds_that_commit(cargo_farm: Farm) -> None:
    second = {"src/main.rs": MAIN + "const WHICH: usize = 2;\n"}
    first = _build(cargo_farm, APP)
    assert [step.name for step in first.outcome.steps] == ["checkout", "fetch", "build", "artifacts"]
    assert _returns(_image(first), 1)
    assert _returns(_image(_build(cargo_farm, second)), 2)
    again = _build(cargo_farm, APP)
    assert _returns(_image(again), 1)
    unchanged = _build(cargo_farm, APP)
    assert _image(unchanged) == _image(again)
    assert "Compiling" in again.console.decode()
    assert "Compiling" not in unchanged.console.decode()


def test_a_compiler_error_is_found_in_the_log(cargo_farm: Farm) -> None:
    client = _build(cargo_farm, APP | {"src/main.rs": MAIN + "const WHICH: usize = nothing;\n"})
    outcome = client.outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert outcome.detail.startswith("error[E0425]")
    assert client.lines[(outcome.error_line or 0) - 1] == outcome.detail
    assert [s.state for s in outcome.steps] == [StepState.OK, StepState.OK, StepState.FAILED]


def test_a_projects_configuration_is_not_read_while_there_is_network(cargo_farm: Farm) -> None:
    traps = {".cargo/config.toml": '[build]\nrustc = "/src/evil.sh"\n', "rust-toolchain.toml": "[toolchain]\n"}
    client = _build(cargo_farm, APP | traps | {"evil.sh": "#!/bin/sh\necho evil\n"})
    steps = {step.name: step.state for step in client.outcome.steps}
    assert steps["fetch"] == StepState.OK
    cargo_farm.git("origin", "rm", "--quiet", "-r", ".cargo", "rust-toolchain.toml", "evil.sh")


def test_a_lock_file_that_does_not_fit_is_the_commits_fault(cargo_farm: Farm) -> None:
    client = _build(cargo_farm, APP | {"Cargo.lock": LOCK.replace("0.1.0", "0.2.0")})
    assert client.outcome.cause == Cause.BUILD_ERROR
    assert "Cargo.lock does not fit" in client.outcome.detail


def test_a_missing_lock_file_is_asked_for(farm: Farm) -> None:
    outcome = _build(farm, {name: text for name, text in APP.items() if name != "Cargo.lock"}).outcome
    assert (outcome.cause, outcome.steps[-1].name) == (Cause.BUILD_ERROR, "fetch")
    assert "commit a Cargo.lock" in outcome.detail


def test_a_tree_without_a_manifest_says_so(farm: Farm) -> None:
    assert "no Cargo.toml" in _build(farm, {"a": "1"}).outcome.detail
    assert "not there" in _build(farm, {"a": "1"}, Recipe(manifest="x/Cargo.toml")).outcome.detail


def test_several_manifests_are_listed(farm: Farm, tmp_path: Path) -> None:
    files = {f"{room}/{name}": text for room in ("one", "two") for name, text in APP.items()}
    assert "one/Cargo.toml, two/Cargo.toml" in _build(farm, files).outcome.detail


def test_fetching_without_a_network_is_the_farms_fault(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    outcome = _build(farm, APP).outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.INFRA, Cause.TOOLCHAIN_ERROR)
    assert "could not be fetched" in outcome.detail
