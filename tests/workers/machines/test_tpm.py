"""A virtual machine's own TPM: made once, fresh for every boot, gone afterwards; with real swtpm and tpm2-tools."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from farm.machines import DRIVER_OPTIONS
from farm.wire import LiveLeases, MachineDescription
from tests.conftest import tool, wait_until
from tests.efi_apps import build_app
from tests.workers.machines.conftest import NOTHING, sandboxes
from workers.build.image_digests import image_digests
from workers.machines.errors import TpmFailed
from workers.machines.host import LabHost
from workers.machines.libvirt_domain import LibvirtOptions
from workers.machines.machine import Machine, Slot, machine
from workers.machines.protocols import End
from workers.machines.tpm import swtpm
from workers.machines.tpm.commands import AK_HANDLE, read_pcrs
from workers.machines.tpm.relay import ControlRelay
from workers.machines.tpm.state import TpmState, tpm_state
from workers.machines.tpm.swtpm import STATE_FILE, Swtpm
from workers.reaper import reap_one

# What OVMF extends PCR 4 with before it starts an image from a medium (attestation.md section 3).
BEFORE_THE_IMAGE = bytes.fromhex("7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35")


def prepare(host: LabHost, app: str, name: str, **options: bool) -> Machine:
    folder = host.run_root / name
    folder.mkdir(mode=0o711)
    slot = Slot(name, folder, lambda to: to.write_bytes(build_app(app).read_bytes()) and None, nonce=b"n" * 16)
    return machine(MachineDescription(name="vm", driver="libvirt", options=dict(options)), slot, host)


def run(tried: Machine) -> tuple[bytes, End | None]:
    said = b""
    tried.power.on()
    try:
        while (more := tried.console.read(1)) is not None:
            said += more
        return said, tried.power.wait_off(10)
    finally:
        tried.power.off()


def test_the_state_is_made_once_and_kept(tmp_path: Path) -> None:
    first = tpm_state(tmp_path / "tpm", "vm-1")
    assert tpm_state(tmp_path / "tpm", "vm-1") == first
    assert tpm_state(tmp_path / "tpm", "vm-2").public != first.public
    assert sorted(path.name for path in (tmp_path / "tpm").iterdir()) == ["vm-1", "vm-2"]
    assert (tmp_path / "tpm").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", ["remove", "empty"])
def test_a_state_that_is_not_whole_is_no_new_machine(tmp_path: Path, spoil: str) -> None:
    kept = tpm_state(tmp_path, "vm").file
    if spoil == "remove":
        kept.unlink()
    else:
        kept.write_bytes(b"")
    with pytest.raises(TpmFailed, match=r"machine vm in .* is not whole.*enrolled anew"):
        tpm_state(tmp_path, "vm")


def test_of_two_workers_that_make_it_at_once_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers.machines.tpm import state

    make, others = state.make_platform_key, []

    def slowly(channel: socket.socket) -> bytes:
        if not others:
            others.append(None)
            others[0] = tpm_state(tmp_path, "vm").public
        return make(channel)

    monkeypatch.setattr(state, "make_platform_key", slowly)
    assert tpm_state(tmp_path, "vm").public == others[0]
    assert [path.name for path in tmp_path.iterdir()] == ["vm"]


def test_tpm2_tools_find_the_key_that_was_asked_for(tmp_path: Path) -> None:
    made = tpm_state(tmp_path / "tpm", "vm")
    (tmp_path / STATE_FILE).write_bytes(made.file.read_bytes())
    place = tmp_path / "sock"
    argv = [tool("swtpm", "swtpm"), "socket", "--tpm2", "--tpmstate", f"dir={tmp_path}", "--flags"]
    argv += ["not-need-init,startup-clear", "--server", f"type=unixio,path={place}"]
    argv += ["--ctrl", f"type=unixio,path={place}.ctrl"]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as reference:
        try:
            wait_until("swtpm listens", place.exists)
            told = {**os.environ, "TPM2TOOLS_TCTI": f"swtpm:path={place}"}
            command = [tool("tpm2_readpublic", "tpm2-tools"), "-c", hex(AK_HANDLE), "-f", "tss", "-o", "ak"]
            said = subprocess.run(command, env=told, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        finally:
            reference.kill()
    assert (tmp_path / "ak").read_bytes() == len(made.public).to_bytes(2) + made.public
    for line in ("raw: 0x50072", "value: ecdsa", "value: NIST p256", "fixedtpm|fixedparent|sensitivedataorigin"):
        assert line in said, said


def test_the_host_reads_what_firmware_measured_after_the_machine_is_off(host: LabHost) -> None:
    tried = prepare(host, "hello", "boot-21-1")
    assert tried.tpm is not None
    with tried.tpm:
        with tried.medium:
            said, end = run(tried)
            assert tried.medium.read("citadel-nonce.bin", 64) == b"n" * 16
        read = tried.tpm.pcrs()
    assert (end, said.endswith(b"BOOTFARM READY\r\n")) == (End.POWERED_OFF, True)
    authenticode = image_digests(build_app("hello")).authenticode
    assert authenticode
    assert read[4] == hashlib.sha256(BEFORE_THE_IMAGE + bytes.fromhex(authenticode)).digest()
    assert (read[14], read[17], len(read)) == (bytes(32), b"\xff" * 32, 24)
    assert read[0] not in (bytes(32), b"\xff" * 32)
    assert not list((host.run_root / "boot-21-1").glob("tpm*"))
    assert tpm_state(host.tpm_states, "vm").public == tried.tpm.public


def test_a_boot_begins_with_the_state_that_was_made_whatever_the_boot_before_did(host: LabHost) -> None:
    before = tpm_state(host.tpm_states, "vm").file.read_bytes()
    tried = prepare(host, "hello", "boot-22-1")
    assert tried.tpm is not None
    with tried.tpm, tried.medium:
        run(tried)
        assert (host.run_root / "boot-22-1/tpm" / STATE_FILE).read_bytes() != before
    assert tpm_state(host.tpm_states, "vm").file.read_bytes() == before


def test_once_it_is_left_nothing_of_it_runs(tmp_path: Path) -> None:
    kept = tpm_state(tmp_path / "states", "vm")
    for number in range(30):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / STATE_FILE).write_bytes(kept.file.read_bytes())
        with Swtpm(folder) as running:
            running.power_on()
            assert sandboxes(folder)
        assert sandboxes(folder) == []


def test_the_farm_knows_the_options_of_the_driver() -> None:
    assert DRIVER_OPTIONS["libvirt"] == set(LibvirtOptions.model_fields)


def test_an_operator_can_turn_it_off(host: LabHost) -> None:
    assert prepare(host, "hello", "boot-23-1", tpm=False).tpm is None


def test_a_machine_that_never_was_on_has_no_pcrs(host: LabHost) -> None:
    tried = prepare(host, "hello", "boot-24-1")
    assert tried.tpm is not None
    with tried.tpm:
        assert tried.tpm.pcrs() == {}


def test_a_program_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swtpm, "SANDBOX", "no-bwrap")
    with pytest.raises(TpmFailed, match="apt install bubblewrap"):
        tpm_state(tmp_path, "vm")
    monkeypatch.setattr(swtpm, "SANDBOX", "bwrap")
    monkeypatch.setattr(swtpm, "PROGRAM", "no-swtpm")
    with pytest.raises(TpmFailed, match="apt install swtpm"):
        tpm_state(tmp_path, "vm")
    assert list(tmp_path.iterdir()) == []


def test_noise_from_qemu_ends_nobody_but_the_peer(tmp_path: Path) -> None:
    kept: TpmState = tpm_state(tmp_path / "states", "vm")
    (tmp_path / STATE_FILE).write_bytes(kept.file.read_bytes())
    with Swtpm(tmp_path) as reference:
        relay = ControlRelay(tmp_path / "socket", reference)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(tmp_path / "socket"))
            peer.sendall(b"\xff\xff\xff\xff" * 1000)
            assert peer.recv(100)
            assert not (tmp_path / "socket").exists()
        assert relay.wait()
        relay.close()
        with reference.channel() as channel, pytest.raises(TpmFailed, match=r"refused command|did not answer"):
            read_pcrs(channel)  # nobody powered it on


WORKER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, ".")
from tests.workers.machines.test_tpm import prepare
from workers.machines.host import LabHost
host = LabHost("lab", *map(Path, sys.argv[1:4]))
tried = prepare(host, "silent", "boot-25-1")
with tried.tpm, tried.medium:
    tried.power.on()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_left_of_a_worker_that_was_killed(host: LabHost) -> None:
    with TemporaryDirectory(prefix="bf-") as place:
        os.chmod(place, 0o711)
        run_root = Path(place) / "run"
        command = [sys.executable, "-c", WORKER, str(run_root), str(host.cache), str(host.state)]
        assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
        wait_until("its TPM has ended", lambda: sandboxes(run_root) == [], 5)
        other = LabHost("lab", run_root, host.cache, host.state)
        command = [sys.executable, "-c", REAPER, str(run_root), str(host.cache), str(host.state)]
        done = subprocess.run(command, timeout=60, check=True, capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == "['boot-25-1']"
        assert list(other.run_root.glob("boot-*")) == []


REAPER = """
import sys
from pathlib import Path
from farm.wire import LiveLeases
from workers.machines.host import LabHost
from workers.reaper import reap_one
print(reap_one(LabHost("lab", *map(Path, sys.argv[1:4])), LiveLeases(boots=[], builds=[])))
"""


def test_the_reaper_ends_a_tpm_of_a_boot_that_nobody_holds(host: LabHost) -> None:
    tried = prepare(host, "hello", "boot-26-1")
    assert tried.tpm is not None
    with tried.tpm:
        assert len(sandboxes(host.run_root / "boot-26-1")) > 0
        reap_one(host, LiveLeases(boots=["boot-26-1"], builds=[]))
        assert len(sandboxes(host.run_root / "boot-26-1")) > 0
        assert "boot-26-1" in reap_one(host, NOTHING)
        wait_until("it has ended", lambda: sandboxes(host.run_root / "boot-26-1") == [], 5)
