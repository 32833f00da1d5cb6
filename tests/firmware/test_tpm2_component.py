"""The TPM as the component that firmware embeds, driven by tpm2-tools: the engine behind the interfaces of wit/tpm."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firmware.conftest import BUILD_SECONDS, Shell
from tests.firmware.test_tpm2_tools import NONCE, primary
from tests.firmware.tpm2_tools import Tpm2Tools, serving

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


@pytest.fixture(scope="module")
def server(shell: Shell) -> Path:
    """The server that can serve components, in the profile in which the tests of these parts are built."""
    unoptimised = "CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256"
    build = f"{unoptimised} $CARGO build --locked --release -p tpm2-server --features component"
    target = shell(f". scripts/toolchain.sh; choose_toolchain; {build}; echo $CARGO_TARGET_DIR")
    return Path(target.strip()) / "release/tpm2-server"


@pytest.fixture(scope="module")
def component(shell: Shell, citadel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our TPM of the world ephemeral-tpm, which is in the image as well."""
    made = tmp_path_factory.mktemp("component") / "tpm.wasm"
    tools = ". scripts/toolchain.sh; cd $CARGO_TARGET_DIR"
    shell(f"{tools}; release/aot-compile --component artifacts/ephemeral-tpm.wasm '{made}'")
    return made


@pytest.fixture
def tpm(server: Path, component: Path, tmp_path: Path) -> Iterator[Tpm2Tools]:
    """The component, started up."""
    with serving(server, tmp_path, "--component", component) as tools:
        tools.run("startup", "--clear")
        yield tools


def test_a_quote_of_the_component_is_good(tpm: Tpm2Tools) -> None:
    primary(tpm)
    tpm.run("pcrextend", f"10:sha256={'11' * 32}")
    out = ["-m", "message", "-s", "signature", "-o", "pcrs"]
    tpm.run("quote", "-Q", "-c", "ak.ctx", "-l", "sha256:10", "-q", NONCE, "-g", "sha256", *out)
    check = ["-u", "ak.pem", "-m", "message", "-s", "signature", "-f", "pcrs", "-g", "sha256"]
    tpm.run("checkquote", "-Q", *check, "-q", NONCE)
    tpm.refused("checkquote", "-Q", *check, "-q", NONCE[::-1])


def test_the_component_keeps_its_keys_and_forgets_its_pcrs_without_power(tpm: Tpm2Tools) -> None:
    primary(tpm)
    tpm.run("evictcontrol", "-C", "o", "-c", "ak.ctx", "0x81010002")
    tpm.run("pcrextend", f"10:sha256={'11' * 32}")
    before = tpm.run("pcrread", "sha256:10")
    tpm.power_cycle()
    tpm.run("startup", "--clear")
    assert tpm.run("pcrread", "sha256:10") != before
    tpm.run("readpublic", "-Q", "-c", "0x81010002", "-f", "pem", "-o", "persistent.pem")
    assert tpm.read("persistent.pem") == tpm.read("ak.pem")


def test_what_is_no_tpm_is_not_served(server: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.wasm"
    empty.write_bytes(b"\0asm\x0d\0\x01\0")  # a component with nothing in it
    done = subprocess.run([server, "--component", empty], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"tpm2-server: {empty}: the component is no TPM: ")
