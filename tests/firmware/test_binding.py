"""citadel-attest on a machine with a TPM of its own: evidence that is bound, and every way in which it is not."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.firmware import catt1, cbnd1, media
from tests.firmware.conftest import BUILD_SECONDS, boot
from tests.firmware.test_citadel_attest import COMPLETE, NONCE, evidence_of, nonce
from tests.firmware.test_evidence import accepted
from workers.build.image_digests import image_digests
from workers.machines.tpm.state import TpmState, tpm_state

__all__ = ["nonce"]
PCRS = (0, 2, 4, 7, 14)
# What OVMF extends PCR 4 with before it starts an image from a medium.
BEFORE_THE_IMAGE = bytes.fromhex("7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35")
UNBOUND = "\nbinding: none, so this evidence does not show which machine it is of: "

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


@pytest.fixture
def state(tmp_path: Path) -> TpmState:
    """A TPM as a worker makes it, in a folder of its own."""
    tool("swtpm", "swtpm")
    return tpm_state(tmp_path / "states", "vm")


def test_bound_evidence_is_good_by_all_that_a_verifier_checks(
    citadel: Path, nonce: Path, tmp_path: Path, state: TpmState
) -> None:
    medium = tmp_path / "medium"
    console = boot(citadel, NONCE=nonce, MEDIUM=medium, TPM=state.file.parent)
    assert console.endswith(COMPLETE)
    evidence, binding = evidence_of(console), cbnd1.decode(catt1.unframe(console, "BIND"))
    assert media.read(medium, "citadel-bind.bin", tmp_path) == catt1.unframe(console, "BIND")
    assert binding.ak_public == state.public
    assert tuple(binding.pcrs) == PCRS
    assert accepted(binding, tmp_path, cbnd1.qualifying_data(evidence))
    assert not accepted(binding, tmp_path, cbnd1.qualifying_data(evidence)[::-1])
    authenticode = bytes.fromhex(image_digests(citadel).authenticode or "")
    assert binding.pcrs[4] == hashlib.sha256(BEFORE_THE_IMAGE + authenticode).digest()
    assert binding.pcrs[14] == catt1.folded([hashlib.sha256(evidence.ak_name()).digest()])
    replayed = cbnd1.replayed(binding.event_log)
    assert {pcr: replayed[pcr] for pcr in PCRS} == binding.pcrs
    *_, last = cbnd1.events(binding.event_log)
    assert (last.pcr, last.data) == (14, evidence.ak_name())
    assert console.index("---END CITADEL-ATTEST---") < console.index("---BEGIN CITADEL-BIND---")


def test_another_boot_of_the_machine_has_the_same_identity_and_firmware(
    citadel: Path, nonce: Path, tmp_path: Path, state: TpmState
) -> None:
    bindings = [
        cbnd1.decode(catt1.unframe(boot(citadel, NONCE=nonce, TPM=state.file.parent), "BIND")) for _ in range(2)
    ]
    one, other = bindings
    assert one.ak_public == other.ak_public
    assert {pcr for pcr in PCRS if one.pcrs[pcr] != other.pcrs[pcr]} == {14}
    assert one.attest != other.attest


def test_without_a_tpm_of_the_machine_it_says_that_the_evidence_is_unbound(
    citadel: Path, nonce: Path, tmp_path: Path
) -> None:
    medium = tmp_path / "medium"
    console = boot(citadel, NONCE=nonce, MEDIUM=medium)
    assert f"{UNBOUND}the firmware offers no TPM of this machine (EFI_TCG2_PROTOCOL)\n" in console
    assert console.endswith(COMPLETE)
    assert accepted(evidence_of(console), tmp_path, NONCE)
    assert "CITADEL-BIND" not in console
    assert media.read(medium, "citadel-bind.bin", tmp_path) is None


def test_a_tpm_without_the_key_is_one_line_and_no_failure(citadel: Path, nonce: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    console = boot(citadel, NONCE=nonce, TPM=fresh)
    assert re.search(re.escape(UNBOUND) + r"the TPM refused ReadPublic: rc=0x18b\n", console)
    assert console.endswith(COMPLETE)
    assert accepted(evidence_of(console), tmp_path, NONCE)
    assert "CITADEL-BIND" not in console
