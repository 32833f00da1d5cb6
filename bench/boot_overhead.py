"""What the farm adds to a boot of uefi-wasmtime: claim to finished, over bare QEMU booting the same ESP.

Both in one run and in turn, since the machine's speed drifts. Bare QEMU has a swtpm as the farm's machines do, and is
timed from its start to its end, with its ESP, variables and TPM made before; the farm's figure, which includes making
them, is that of the boot's own row. What a TPM costs is a figure of its own: bare QEMU with and without one.
"""

import shutil
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.figures import report
from farm import artifacts
from farm.farm import Farm
from tests.running_farm import RunningFarm, running_farm
from workers.machines.esp import EspMedium
from workers.machines.ovmf import FirmwareFiles, ovmf
from workers.machines.tpm.state import TpmState, tpm_state
from workers.machines.tpm.swtpm import STATE_FILE

RUNS = 7
CHECKOUT = Path(__file__).parent.parent


def main() -> None:
    """Build once through the farm, then boot in turn."""
    with running_farm() as farm, tempfile.TemporaryDirectory() as folder:
        farm.add_machine("qemu-1", "libvirt")
        clone = farm.folder / "bootfarm"
        subprocess.run(["git", "clone", "-q", CHECKOUT, clone], check=True)
        farm.add_repository(clone, "bootfarm", cache="self")
        first = farm.boot(farm.submit("bootfarm"), 2400)
        assert first["verdict"] == "pass", first["detail"]
        image = _image(farm.farm, int(first["build"].removeprefix("build-")))
        state = tpm_state(Path(folder) / "states", "vm")
        ours, bare, without = [], [], []
        for _ in range(RUNS):
            bare.append(_bare(Path(folder), image, state))
            ours.append(_ours(farm))
            without.append(_bare(Path(folder), image, None))
    report("boot of uefi-wasmtime", "s", ours, bare, goal="<= 1.10 of bare QEMU")
    report("the same under bare QEMU, with a TPM", "s", bare, without)


def _image(farm: Farm, build: int) -> Path:
    with farm.db.reading() as session:
        made = {one.name: one.digest for one in artifacts.of_build(session, build)}
        return farm.artifacts.stored(made["uefi-wasmtime.efi"])


def _ours(farm: RunningFarm) -> float:
    boot = farm.boot(farm.submit("bootfarm"))
    assert boot["verdict"] == "pass", boot["detail"]
    return float(boot["seconds"])


def _bare(folder: Path, image: Path, state: TpmState | None) -> float:
    """Seconds of QEMU with the machine that the farm would make, and nothing around it."""
    files, disk, variables = ovmf(), folder / "disk.img", folder / "vars.fd"
    shutil.copyfile(files.vars, variables)
    with EspMedium(disk, partial(_copy, image)):
        return _run(folder, files, disk, variables, [] if state is None else _tpm(folder, state))


def _tpm(folder: Path, state: TpmState) -> list[str]:
    """QEMU's arguments for a swtpm that ends with it."""
    place, copy = folder / "tpm.sock", folder / "tpm"
    copy.mkdir(exist_ok=True)
    shutil.copyfile(state.file, copy / STATE_FILE)
    swtpm = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={copy}", "--ctrl", f"type=unixio,path={place}"]
    subprocess.run([*swtpm, "--terminate", "--daemon"], check=True)
    chardev = ["-chardev", f"socket,id=tpm,path={place}", "-tpmdev", "emulator,id=tpm0,chardev=tpm"]
    return [*chardev, "-device", "tpm-crb,tpmdev=tpm0"]


def _copy(image: Path, to: Path) -> None:
    shutil.copyfile(image, to)


def _run(folder: Path, files: FirmwareFiles, disk: Path, variables: Path, more: list[str]) -> float:
    argv = [
        "qemu-system-x86_64", "-machine", "q35,accel=tcg,smm=off,usb=off", "-m", "256", "-nodefaults",
        "-display", "none", "-no-reboot", "-serial", f"file:{folder / 'serial'}", "-device", "virtio-rng-pci",
        "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={files.code}",
        "-drive", f"if=pflash,format=raw,unit=1,file={variables}",
        "-drive", f"if=virtio,format=raw,file={disk}", *more,
    ]  # fmt: skip
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, timeout=120)
    took = time.perf_counter() - began
    assert b"uefi-wasmtime: complete" in (folder / "serial").read_bytes()
    return took


if __name__ == "__main__":
    main()
