"""TPM_COMPONENT: another TPM in the image, which keeps its state on the boot medium, or which is none."""

from pathlib import Path

import pytest

from tests.firmware import catt1, media
from tests.firmware.conftest import BUILD_SECONDS, Shell, boot
from tests.firmware.test_citadel_attest import COMPLETE

STATE = "tpm-state/tpm2-00.permall"
REFUSED = "\ncitadel-attest: failed (DEVICE_ERROR): the TPM component answered `init` with error 0x9\n"

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


@pytest.fixture(scope="module")
def software(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """citadel-attest.efi with our TPM as a component of the world software-tpm."""
    out = tmp_path_factory.mktemp("software")
    component = shell("scripts/build-tpm.sh").split()[-1] + "/software-tpm.wasm"
    try:
        shell(f"TPM_COMPONENT='{component}' scripts/build.sh --out '{out}'")
    finally:
        # At once, and not when these tests end: others take the image from where it is built.
        shell("scripts/build.sh")
    return out / "citadel-attest.efi"


def attestation_keys(efi: Path, medium: Path) -> list[bytes]:
    """The public attestation keys of two boots from one medium."""
    consoles = [boot(efi, MEDIUM=medium) for _ in range(2)]
    assert all(console.endswith(COMPLETE) for console in consoles)
    return [catt1.decode(catt1.unframe(console)).ak_public for console in consoles]


def test_a_tpm_with_storage_has_the_same_key_at_the_next_boot(software: Path, tmp_path: Path) -> None:
    medium = tmp_path / "medium"
    first, second = attestation_keys(software, medium)
    assert first == second
    state = media.read(medium, STATE, tmp_path)
    assert state
    [other, _] = attestation_keys(software, tmp_path / "other medium")
    assert other != first


def test_a_tpm_without_storage_is_new_at_each_boot(citadel: Path, tmp_path: Path) -> None:
    medium = tmp_path / "medium"
    first, second = attestation_keys(citadel, medium)
    assert first != second
    assert media.read(medium, STATE, tmp_path) is None


def test_a_tpm_whose_state_is_damaged_does_not_become_another(software: Path, tmp_path: Path) -> None:
    files = tmp_path / "files"
    (files / STATE).parent.mkdir(parents=True)
    (files / STATE).write_bytes(b"no state")
    medium = tmp_path / "medium"
    assert boot(software, FILES=files, MEDIUM=medium).endswith(REFUSED)
    assert media.read(medium, STATE, tmp_path) == b"no state"
    (files / STATE).write_bytes(bytes(2 << 20))
    console = boot(software, FILES=files)
    assert "\ntpm: state tpm2-00.permall cannot be read: it has 2097152 bytes\n" in console
    assert console.endswith(REFUSED)


def test_a_tpm_that_cannot_keep_its_state_says_so_and_does_not_attest(software: Path) -> None:
    console = boot(software, READONLY=1)
    assert f"\ntpm: state {Path(STATE).name} cannot be written: WRITE_PROTECTED\n" in console
    assert console.endswith(REFUSED)
    assert "CITADEL-ATTEST---" not in console


def test_a_component_that_is_no_tpm_ends_the_build_with_its_name(shell: Shell) -> None:
    demo = shell(". scripts/toolchain.sh; echo $CARGO_TARGET_DIR/wasm32-unknown-unknown/release").strip()
    demo += "/uefi_demo_component.wasm"
    said = shell(f"! TPM_COMPONENT='{demo}' scripts/build.sh 2>&1").splitlines()[-1]
    assert said == f"build.sh: TPM_COMPONENT={demo} is no TPM: it does not export tegmentum:tpm/commands@0.1.0"
