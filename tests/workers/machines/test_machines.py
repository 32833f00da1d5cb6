"""Real machines: the probe, the medium, libvirt's embedded driver with tiny firmware applications, the reaper."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from farm.wire import LiveLeases, MachineDescription
from tests.efi_apps import build_app
from tests.workers.machines.conftest import NOTHING, qemus
from workers.machines import accelerator, pipe_console
from workers.machines.accelerator import boots, decide
from workers.machines.errors import HypervisorError, MediumFailed
from workers.machines.esp import EspMedium
from workers.machines.host import QEMU, LabHost
from workers.machines.machine import Machine, Slot, machine
from workers.machines.ovmf import ovmf
from workers.machines.protocols import End
from workers.reaper import reap_one


def test_what_a_machine_left_on_its_medium_is_read(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"MZ")
    disk = tmp_path / "disk.img"
    with EspMedium(disk, lambda to: to.write_bytes(b"MZ") and None, {"citadel-attest.bin": b"CATT1"}) as _:
        medium = EspMedium(disk, lambda to: None)
        assert medium.read("citadel-attest.bin", 5) == b"CATT1"
        assert medium.read("citadel-bind.bin", 5) is None
        with pytest.raises(MediumFailed, match="more than 4 bytes"):
            medium.read("citadel-attest.bin", 4)


@pytest.mark.parametrize("damage", ["zeros", "noise", "loop"])
def test_a_damaged_medium_is_a_sentence(tmp_path: Path, damage: str) -> None:
    disk = tmp_path / "disk.img"
    with EspMedium(disk, lambda to: to.write_bytes(b"MZ") and None, {"citadel-attest.bin": b"A" * 5000}) as _:
        whole = disk.read_bytes()
        if damage == "loop":  # every cluster of the FAT leads to cluster 3
            reserved = int.from_bytes(whole[14:16], "little") * 512
            disk.write_bytes(whole[: reserved + 3] + b"\x03\x30\x00" * 400 + whole[reserved + 1203 :])
        else:
            disk.write_bytes(bytes(len(whole)) if damage == "zeros" else random.Random(1).randbytes(len(whole)))
        with pytest.raises(MediumFailed, match="boot medium"):
            EspMedium(disk, lambda to: None).read("citadel-attest.bin", 64 << 10)


def prepare(host: LabHost, app: str, name: str) -> Machine:
    folder = host.run_root / name
    folder.mkdir(mode=0o711)
    slot = Slot(name, folder, lambda to: to.write_bytes(build_app(app).read_bytes()) and None)
    # Its TPM has tests of its own.
    return machine(MachineDescription(name="vm", driver="libvirt", options={"tpm": False}), slot, host)


def boot(host: LabHost, app: str, name: str, *, late: float = 0.0) -> tuple[bytes, End | None]:
    tried = prepare(host, app, name)
    said = b""
    with tried.medium:
        tried.power.on()
        try:
            time.sleep(late)
            deadline = time.monotonic() + 60
            while (more := tried.console.read(1)) is not None and time.monotonic() < deadline:
                said += more
            return said, tried.power.wait_off(10)
        finally:
            tried.power.off()
            assert not tried.power.is_on()
            for file in host.run_root.glob(f"{name}/*"):
                file.unlink(missing_ok=True)
            (host.run_root / name).rmdir()


def test_nothing_is_lost_while_the_worker_has_no_processor(host: LabHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe_console, "_GATHER_SECONDS", 6.0)  # longer than firmware waits for its serial port
    said, end = boot(host, "lines", "boot-77-1")
    assert said.count(b"a line of usual length") == 40
    assert said.endswith(b"BOOTFARM READY\r\n")
    assert end is End.POWERED_OFF


def test_the_probe_decides_and_leaves_no_process(tmp_path: Path, host: LabHost) -> None:
    before = {process.pid for process in psutil.process_iter() if process.name().startswith(QEMU[:15])}
    start = time.monotonic()
    answer = decide(host.qemu, tmp_path / "accelerator.json")
    assert time.monotonic() - start < 12
    start = time.monotonic()
    assert decide(host.qemu, tmp_path / "accelerator.json") == answer
    assert time.monotonic() - start < 2
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if child.pid not in before and child.name().startswith(QEMU[:15])]


def test_the_probe_knows_an_accelerator_that_works(host: LabHost) -> None:
    assert boots(host.qemu, "tcg", 60)


@pytest.fixture
def fake_qemu(tmp_path: Path) -> Path:
    """A program that says a version, and the first byte of a boot if there is a file `works` beside it."""
    program = tmp_path / "qemu"
    program.write_text(f"#!/bin/sh\nif [ $1 = --version ]; then echo fake 1; else cat {tmp_path}/works; fi\n")
    program.chmod(0o755)
    return program


def test_kvm_is_asked_again_when_this_user_can_open_it(
    fake_qemu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "_KVM", tmp_path / "kvm")
    (tmp_path / "works").write_text("x")
    assert decide(str(fake_qemu), tmp_path / "cache") == "tcg"
    (tmp_path / "kvm").touch()
    assert decide(str(fake_qemu), tmp_path / "cache") == "kvm"
    (tmp_path / "works").unlink()
    assert decide(str(fake_qemu), tmp_path / "cache") == "kvm"  # remembered
    (tmp_path / "kvm").unlink()
    assert decide(str(fake_qemu), tmp_path / "cache") == "tcg"


def test_that_kvm_does_not_work_is_believed_for_a_day(
    fake_qemu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "_KVM", tmp_path / "kvm")
    (tmp_path / "kvm").touch()
    assert decide(str(fake_qemu), tmp_path / "cache") == "tcg"
    (tmp_path / "works").write_text("x")
    assert decide(str(fake_qemu), tmp_path / "cache") == "tcg"
    known = json.loads((tmp_path / "cache").read_text())
    (tmp_path / "cache").write_text(json.dumps(known | {"decided_at": known["decided_at"] - 86401}))
    assert decide(str(fake_qemu), tmp_path / "cache") == "kvm"


def test_the_medium_holds_the_application_and_extra_files(tmp_path: Path) -> None:
    extra = {"data/nonce.bin": b"nonce", "efi/More.txt": b""}
    medium = EspMedium(tmp_path / "esp.img", lambda to: to.write_bytes(b"MZ app") and None, extra)
    with medium:
        for name, content in {"EFI/BOOT/BOOTX64.EFI": b"MZ app", **extra}.items():
            command = ["mcopy", "-i", str(tmp_path / "esp.img"), f"::{name}", "-"]
            assert subprocess.run(command, capture_output=True, check=True).stdout == content
    assert not (tmp_path / "esp.img").exists()


def test_a_missing_tool_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.machines.esp._ENVIRONMENT", {"PATH": str(tmp_path)})
    medium = EspMedium(tmp_path / "esp.img", lambda to: to.write_bytes(b"MZ") and None)
    with pytest.raises(MediumFailed, match="apt install mtools"), medium:
        pass


def test_a_run_folder_too_long_for_sockets_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 41 bytes"):
        LabHost("lab", tmp_path / ("x" * 60), tmp_path, tmp_path)


def test_an_unknown_firmware_is_named(host: LabHost, tmp_path: Path) -> None:
    slot = Slot("boot-1-1", tmp_path, lambda to: None, firmware="exotic")
    with pytest.raises(HypervisorError, match="exotic"):
        machine(MachineDescription(name="vm", driver="libvirt", options={}), slot, host)


def with_firmware(host: LabHost, folder: Path, code: Path, variables: Path) -> Machine:
    slot = Slot("boot-1-1", folder, lambda to: None, firmware="own")
    options = {"firmwares": {"own": {"code": str(code), "vars": str(variables)}}}
    return machine(MachineDescription(name="vm", driver="libvirt", options=options), slot, host)


@pytest.mark.parametrize("variables", ["/etc/passwd", "/usr/share/OVMF/../../../etc/passwd", "link"])
def test_a_firmware_file_outside_of_the_firmware_folders_is_refused(
    host: LabHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: str
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "link").symlink_to("/etc/passwd")
    monkeypatch.setenv("BOOTFARM_FIRMWARE_FOLDERS", str(own))
    with pytest.raises(HypervisorError, match=r"file /etc/passwd outside of the firmware folders .*FIRMWARE_FOLDERS"):
        with_firmware(host, tmp_path, ovmf().code, own / variables)
    with pytest.raises(HypervisorError, match="file /etc/passwd outside"):
        with_firmware(host, tmp_path, own / variables, ovmf().vars)
    assert not (tmp_path / "vars.fd").exists()


def test_a_firmware_of_a_folder_that_the_lab_host_names_is_taken(
    host: LabHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "vars.fd").write_bytes(b"variables")
    monkeypatch.setenv("BOOTFARM_FIRMWARE_FOLDERS", f"/nowhere:{own}")
    with_firmware(host, tmp_path, ovmf().code, own / "vars.fd")
    assert (tmp_path / "vars.fd").read_bytes() == b"variables"


def test_a_machine_that_powers_itself_off_says_so(host: LabHost) -> None:
    said, end = boot(host, "hello", "boot-11-1")
    assert end is End.POWERED_OFF
    assert said.startswith(b"\x1b")  # OVMF's first byte
    assert b"hello from firmware\r\n" in said
    assert said.endswith(b"BOOTFARM READY\r\n")


def test_a_reset_is_told_from_a_power_off(host: LabHost) -> None:
    assert boot(host, "reset", "boot-12-1")[1] is End.RESET


def test_a_late_reader_loses_no_byte(host: LabHost) -> None:
    said, end = boot(host, "odd", "boot-13-1", late=6)
    assert end is End.POWERED_OFF
    assert said.count(b"x" * (1 << 20) + b"\nBOOTFARM READY\r\n") == 1
    assert b"\xff\xfe\x80\xc3\x28\x00\r\n\x1b[1;31mBOOT" in said


def test_a_killed_qemu_is_lost_and_no_fault_of_the_guest(host: LabHost) -> None:
    tried = prepare(host, "silent", "boot-14-1")
    with tried.medium:
        tried.power.on()
        (process,) = qemus(host.run_root)
        os.kill(process, signal.SIGKILL)
        assert tried.power.wait_off(20) is End.LOST
        tried.power.off()
    assert reap_one(host, NOTHING) == ["boot-14-1"]


def test_the_reaper_spares_what_is_leased_or_under_way_here(host: LabHost) -> None:
    tried = prepare(host, "silent", "boot-15-1")
    with tried.medium:
        tried.power.on()
        assert reap_one(host, LiveLeases(boots=["boot-15-1"], builds=[])) == []
        with host.hold("boot-15-1"):
            assert reap_one(host, NOTHING) == []
        assert tried.power.is_on()
        assert reap_one(host, NOTHING) == ["boot-15-1"]
        assert tried.power.wait_off(10) is End.LOST
        tried.power.off()


WORKER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, ".")
from tests.workers.machines.test_machines import prepare
from workers.machines.host import LabHost
host = LabHost("lab", Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
tried = prepare(host, "silent", "boot-16-1")
with tried.medium:
    tried.power.on()
    os.kill(os.getpid(), signal.SIGKILL)
"""
REAPER = """
import sys
from pathlib import Path
from farm.wire import LiveLeases
from workers.machines.host import LabHost
from workers.reaper import reap_one
host = LabHost(sys.argv[4], *map(Path, sys.argv[1:4]))
print(reap_one(host, LiveLeases(boots=[], builds=[])))
"""


def test_after_a_worker_was_killed_a_new_one_reaps_its_machine(host: LabHost) -> None:
    with TemporaryDirectory(prefix="bf-") as place:
        os.chmod(place, 0o711)
        run_root = Path(place) / "run"
        arguments = [str(run_root), str(host.cache), str(host.state)]
        command = [sys.executable, "-c", WORKER, *arguments]
        assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
        assert len(qemus(run_root)) == 1
        command = [sys.executable, "-c", REAPER, *arguments, "lab"]
        done = subprocess.run(command, timeout=60, check=True, capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == "['boot-16-1']"
        assert qemus(run_root) == []
        assert list(run_root.glob("boot-*")) == []
