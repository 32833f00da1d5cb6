"""Evidence that is good, judged by tpm2_checkquote, which shares nothing with the firmware."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.firmware import catt1
from tests.firmware.catt1 import Evidence, Quote
from tests.firmware.conftest import BUILD_SECONDS, FIRMWARE, Shell

NONCE = b"0123456789abcdef"


@pytest.fixture(scope="module")
def evidence(shell: Shell) -> Evidence:
    """Made by the driver with a swtpm of its own."""
    tool("swtpm", "swtpm")
    cargo = "$CARGO run --quiet --locked --release --package evidence --example attest-with-swtpm"
    printed = shell(f". scripts/toolchain.sh; choose_toolchain; {cargo} -- {NONCE.decode()}")
    return catt1.decode(catt1.unframe(printed))


def accepted(evidence: Quote, folder: Path, nonce: bytes = NONCE) -> bool:
    """Whether tpm2_checkquote accepts it."""
    tool("tpm2_checkquote", "tpm2-tools")
    done = subprocess.run(catt1.checkquote(evidence, folder, nonce), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


@pytest.mark.timeout(BUILD_SECONDS)
def test_checkquote_accepts_what_the_driver_made_with_swtpm(evidence: Evidence, tmp_path: Path) -> None:
    assert evidence.nonce == NONCE
    assert evidence.pcrs == {10: evidence.folded()}
    assert accepted(evidence, tmp_path)


@pytest.mark.timeout(BUILD_SECONDS)
def test_checkquote_refuses_another_nonce_another_value_and_another_signature(
    evidence: Evidence, tmp_path: Path
) -> None:
    assert not accepted(evidence, tmp_path, b"fedcba9876543210")
    assert not accepted(replace(evidence, pcrs={10: bytes(32)}), tmp_path)
    flipped = evidence.signature[:-1] + bytes([evidence.signature[-1] ^ 1])
    assert not accepted(replace(evidence, signature=flipped), tmp_path)


def test_the_golden_file_reads_the_same_here() -> None:
    golden = (FIRMWARE / "evidence/tests/golden/catt1.txt").read_text()
    evidence = catt1.decode(catt1.unframe(golden))
    assert evidence.nonce == bytes(range(0x10, 0x20))
    assert [measurement[0] for measurement in evidence.measurements] == [0x20, 0x40]
    assert {index: value[0] for index, value in evidence.pcrs.items()} == {10: 0x60, 14: 0x80}
    assert [len(field) for field in (evidence.ak_public, evidence.attest, evidence.signature)] == [88, 129, 72]
