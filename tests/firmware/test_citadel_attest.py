"""citadel-attest, booted: what it says, what it measures, and evidence that others accept."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.firmware import catt1, media
from tests.firmware.catt1 import Evidence
from tests.firmware.conftest import BUILD_SECONDS, Shell, boot
from tests.firmware.test_evidence import accepted

NONCE = b"0123456789abcdef"
COMPLETE = "\ncitadel-attest: complete\n"
UNBOUND = "\nnonce: none, so this evidence is unbound"

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


@pytest.fixture
def nonce(tmp_path: Path) -> Path:
    """A verifier's nonce in a file."""
    file = tmp_path / "nonce"
    file.write_bytes(NONCE)
    return file


@pytest.fixture(scope="module")
def image_digest(shell: Shell, citadel: Path) -> bytes:
    """What the tool says of the file."""
    tool = ". scripts/toolchain.sh; $CARGO_TARGET_DIR/release/image-digest"
    return bytes.fromhex(shell(f"{tool} '{citadel}'").split()[0])


def evidence_of(console: str) -> Evidence:
    """The evidence on a console, whose PCR values follow from its measurements."""
    evidence = catt1.decode(catt1.unframe(console))
    assert evidence.pcrs == {10: evidence.folded()}
    assert len(evidence.attest) == 113 + len(evidence.nonce)
    return evidence


@pytest.mark.parametrize("tier", ["native", "pulley"])
def test_the_evidence_of_a_boot_is_good(
    citadel: Path, image_digest: bytes, nonce: Path, tmp_path: Path, tier: str
) -> None:
    medium = tmp_path / "medium"
    console = boot(citadel, NONCE=nonce, TIER=tier, MEDIUM=medium)
    evidence = evidence_of(console)
    assert evidence.nonce == NONCE
    assert evidence.measurements == [image_digest]
    assert accepted(evidence, tmp_path)
    assert not accepted(evidence, tmp_path, NONCE[::-1])
    assert media.read(medium, "citadel-attest.bin", tmp_path) == catt1.unframe(console)
    assert re.search(rf"\ntier: {tier} .*\n", console)
    assert console.endswith(COMPLETE)
    timed = re.findall(r"^timing (\S+) \d+ us$", console, re.M)
    assert {"image-measure", "tpm-create-primary", "tpm-quote", "attest", "total"} <= set(timed)


def test_by_pxe_the_nonce_comes_from_the_boot_server(
    citadel: Path, image_digest: bytes, nonce: Path, tmp_path: Path
) -> None:
    console = boot(citadel, NONCE=nonce, PXE=1)
    evidence = evidence_of(console)
    assert (evidence.nonce, evidence.image) == (NONCE, image_digest)
    assert accepted(evidence, tmp_path)
    assert "\nevidence: on the console only, since the image was not booted from a medium with files\n" in console


@pytest.mark.parametrize("pxe", ["", "1"])
def test_without_a_nonce_it_says_that_the_evidence_is_unbound(citadel: Path, tmp_path: Path, pxe: str) -> None:
    console = boot(citadel, PXE=pxe)
    assert UNBOUND in console
    assert console.endswith(COMPLETE)
    evidence = evidence_of(console)
    assert len(evidence.nonce) == 16
    assert accepted(evidence, tmp_path, evidence.nonce)


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_nonce_of_a_length_that_no_verifier_gives_ends_the_run(citadel: Path, tmp_path: Path, size: int) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes(bytes(size))
    console = boot(citadel, NONCE=odd)
    failed = "\ncitadel-attest: failed (INVALID_PARAMETER): "
    assert console.endswith(f"{failed}the nonce has {size} bytes; a nonce has 16 to 64\n")
    assert "CITADEL-ATTEST" not in console


def test_the_longest_nonce_is_taken(citadel: Path, tmp_path: Path) -> None:
    longest = tmp_path / "longest"
    longest.write_bytes(bytes(range(64)))
    evidence = evidence_of(boot(citadel, NONCE=longest))
    assert evidence.nonce == bytes(range(64))
    assert accepted(evidence, tmp_path, evidence.nonce)


def test_a_full_medium_leaves_the_evidence_on_the_console_and_says_why(
    citadel: Path, nonce: Path, tmp_path: Path
) -> None:
    medium = media.full(citadel, nonce, tmp_path)
    console = boot(citadel, MEDIUM=medium)
    assert accepted(evidence_of(console), tmp_path)
    assert "\nevidence: on the console only, since \\citadel-attest.bin cannot be written: VOLUME_FULL\n" in console
    assert console.endswith(COMPLETE)
    assert media.read(medium, "citadel-attest.bin", tmp_path) is None


def test_a_medium_that_cannot_be_written_leaves_the_evidence_on_the_console_and_says_why(
    citadel: Path, nonce: Path, tmp_path: Path
) -> None:
    console = boot(citadel, NONCE=nonce, READONLY=1)
    assert accepted(evidence_of(console), tmp_path)
    assert "cannot be written: WRITE_PROTECTED\n" in console
    assert console.endswith(COMPLETE)


def test_a_staged_guest_is_measured_before_it_runs(
    shell: Shell, citadel: Path, image_digest: bytes, nonce: Path, tmp_path: Path
) -> None:
    staged = Path(shell(". scripts/toolchain.sh; echo $CARGO_TARGET_DIR/artifacts/demo.native.cwasm").strip())
    console = boot(citadel, NONCE=nonce, STAGE=staged, TIER="native")
    evidence = evidence_of(console)
    assert evidence.measurements == [image_digest, hashlib.sha256(staged.read_bytes()).digest()]
    assert accepted(evidence, tmp_path)
    assert console.index("---END CITADEL-ATTEST---") < console.index("demo: hello from a component")
    assert console.endswith(COMPLETE)


def test_all_staged_guests_are_measured_in_order_before_the_first_runs(
    shell: Shell, citadel: Path, image_digest: bytes, nonce: Path, tmp_path: Path
) -> None:
    artifacts = Path(shell(". scripts/toolchain.sh; echo $CARGO_TARGET_DIR/artifacts").strip())
    demo, no_entry = (artifacts / f"{name}.native.cwasm" for name in ("demo", "add"))
    medium = tmp_path / "files"
    medium.mkdir()
    for name, artifact in (("guest.wasm", demo), ("guest-2.wasm", demo), ("guest-3.wasm", no_entry)):
        (medium / name).write_bytes(artifact.read_bytes())
    # What this grants is not in the evidence, so it is not granted.
    (medium / "guest.grants").write_text("reset")
    console = boot(citadel, NONCE=nonce, FILES=medium, TIER="native")
    evidence = evidence_of(console)
    digests = [hashlib.sha256(artifact.read_bytes()).digest() for artifact in (demo, demo, no_entry)]
    assert evidence.measurements == [image_digest, *digests]
    assert accepted(evidence, tmp_path)
    ran = console.partition("---END CITADEL-ATTEST---")[2]
    assert console.count("staged: run returned") == ran.count("staged: run returned U32(3)\n") == 2
    assert "granted" not in console
    assert re.search(r"\ncitadel-attest: failed \(ABORTED\): \\guest-3\.wasm: the guest exports no .+\n$", console)


def test_a_staged_file_that_is_no_guest_is_in_the_evidence_and_then_ends_the_run(
    citadel: Path, nonce: Path, tmp_path: Path
) -> None:
    staged = tmp_path / "bad.wasm"
    staged.write_bytes(b"not an artifact")
    console = boot(citadel, NONCE=nonce, STAGE=staged)
    evidence = evidence_of(console)
    assert evidence.measurements[1:] == [hashlib.sha256(b"not an artifact").digest()]
    assert accepted(evidence, tmp_path)
    assert re.search(r"\ncitadel-attest: failed \(LOAD_ERROR\): \\guest.wasm was refused: .+\n$", console)


def test_the_tool_refuses_what_is_no_image_with_a_sentence(citadel: Path, shell: Shell, tmp_path: Path) -> None:
    tool = shell(". scripts/toolchain.sh; echo $CARGO_TARGET_DIR/release/image-digest").strip()
    bad = tmp_path / "bad.efi"
    bad.write_bytes(b"no image")
    done = subprocess.run([tool, bad, citadel], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"image-digest: {bad}: at 0x0: this is not a PE image\n"
    assert done.stdout.endswith(f"  {citadel}\n"), "the other file has its line all the same"
