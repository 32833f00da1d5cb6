"""Whether machines run under KVM or TCG on this host, learned by booting firmware once.

/dev/kvm may exist and still hang or end QEMU (nested virtualisation, broken hosts), so its presence proves nothing.
Nor does a small probe: on such a host a real-mode boot sector ran well under KVM while OVMF hung. So the probe is what
a boot is: the same machine type and processor, and OVMF, which must say its first byte in time. The answer is kept in
a file, keyed by what may change it: QEMU's version, the running kernel, and whether this user can open /dev/kvm. That
KVM does not work is believed for a day only, since a busy moment may have been the reason.
"""

import os
import platform
import select
import subprocess
import time
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict

from workers.machines.errors import HypervisorError
from workers.machines.ovmf import ovmf

Accelerator = Literal["kvm", "tcg"]

_PROBE_SECONDS = 5.0  # KVM needs less than one; even TCG needs only 3 to 4
_KILL_SECONDS = 5.0
_TCG_SECONDS = 24 * 3600
_KVM = Path("/dev/kvm")

log = structlog.get_logger()


class Decision(BaseModel):
    """What the file keeps. `decided_at` is in seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    accelerator: Accelerator
    decided_at: float

    def holds(self) -> bool:
        """Whether it need not be tried again."""
        return self.accelerator == "kvm" or 0 <= time.time() - self.decided_at < _TCG_SECONDS


def decide(qemu: str, cache: Path) -> Accelerator:
    """The fastest accelerator that works with the program `qemu`, from the file `cache` if that knows.

    Raises:
        HypervisorError: QEMU itself does not run, or OVMF is not installed.
    """
    openable = os.access(_KVM, os.R_OK | os.W_OK)
    host = f"{_version(qemu)} | {platform.release()} | {_KVM} {'can' if openable else 'cannot'} be opened"
    known = _read(cache)
    if known is not None and known.host == host and known.holds():
        return known.accelerator
    answer: Accelerator = "kvm" if openable and boots(qemu, "kvm", _PROBE_SECONDS) else "tcg"
    log.info("accelerator.decided", accelerator=answer, host=host)
    part = cache.with_name(f"{cache.name}.{os.getpid()}")
    part.write_text(Decision(host=host, accelerator=answer, decided_at=time.time()).model_dump_json())
    part.replace(cache)
    return answer


def boots(qemu: str, accelerator: Accelerator, seconds: float) -> bool:
    """Whether OVMF says its first byte within `seconds`; QEMU is gone afterwards either way."""
    command = [
        *(qemu, "-accel", accelerator, "-cpu", "host" if accelerator == "kvm" else "max"),
        *("-machine", "q35,smm=off", "-m", "256", "-nodefaults", "-display", "none", "-serial", "stdio"),
        *("-drive", f"if=pflash,format=raw,readonly=on,file={ovmf().code}"),
        *("-drive", f"if=pflash,format=raw,snapshot=on,file={ovmf().vars}"),
    ]
    # Closed stdin would end QEMU's stdio; its complaints go nowhere, because a full pipe would hang it.
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdout is not None
    with process.stdout as serial:
        try:
            spoke = select.poll()
            spoke.register(serial, select.POLLIN)
            works = bool(spoke.poll(seconds * 1000)) and bool(serial.read(1))
        finally:
            process.kill()
            _reap(process)
    if not works:
        log.warning("accelerator.unusable", accelerator=accelerator, status=process.returncode)
    return works


def _reap(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_KILL_SECONDS)
    except subprocess.TimeoutExpired:
        # It hangs inside the kernel, where no signal reaches. Nobody can end it; starting more would be worse.
        log.error("accelerator.probe_unkillable", process=process.pid)


def _version(qemu: str) -> str:
    try:
        done = subprocess.run(
            [qemu, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise HypervisorError(f"{qemu} does not run: {error}") from error
    return done.stdout.decode(errors="replace").splitlines()[0]


def _read(cache: Path) -> Decision | None:
    try:
        return Decision.model_validate_json(cache.read_bytes())
    except (OSError, ValueError):
        return None
