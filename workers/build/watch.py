"""The bounds of a running sandbox, looked at several times a second; the first one that is passed ends it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from farm.wire import Cause
from workers.build.census import census
from workers.build.faults import CommitFault, HostFault
from workers.build.folders import spare, usage
from workers.build.limits import Limits, amount

SPARE_MEMORY: Final = 256 << 20  # bytes that the host keeps available
MEASURE_SHARE: Final = 10  # measuring folders takes at most about a tenth of the time


@dataclass
class Watch:
    """`check` raises CommitFault naming the limit, HostFault when the host runs out, or what `interrupt` raises."""

    limits: Limits
    wall_seconds: float
    folders: list[Path]  # measured against the disk limits
    interrupt: Callable[[], None]  # cancelled, lease lost, log flooded
    what: str = "The build"
    _init: int = field(default=0, init=False)
    _deadline: float = field(default=0.0, init=False)
    _measure_at: float = field(default=0.0, init=False)

    def begin(self, init: int) -> None:
        """The sandbox whose first process is `init` starts now."""
        self._init = init
        self._deadline = time.monotonic() + self.wall_seconds
        self._measure_at = time.monotonic()

    def check(self) -> None:
        """Look once."""
        self.interrupt()
        if time.monotonic() > self._deadline:
            raise CommitFault(f"{self.what} took longer than {self.wall_seconds:g} s.")
        self._check_processes()
        self._check_host()
        if time.monotonic() >= self._measure_at:
            began = time.monotonic()
            self.check_folders()
            self._measure_at = time.monotonic() + max(0.5, MEASURE_SHARE * (time.monotonic() - began))

    def _check_processes(self) -> None:
        found, limits = census(self._init), self.limits
        if found.tasks > limits.tasks:
            raise CommitFault(f"{self.what} started more than {limits.tasks} processes and threads.")
        if found.resident > limits.memory:
            raise CommitFault(f"{self.what} used more than {amount(limits.memory)} of memory.")
        if found.cpu_seconds > limits.cpu_seconds:
            raise CommitFault(f"{self.what} used more than {limits.cpu_seconds:g} s of processor time.")

    def _check_host(self) -> None:
        if any(spare(folder) < self.limits.spare_disk for folder in self.folders):
            raise HostFault("The builder's disk is full.", Cause.STORAGE_ERROR)
        if available_memory() < SPARE_MEMORY:
            raise HostFault("The builder ran out of memory.")

    def check_folders(self) -> None:
        """Measure; also called once after the end, for what was written since the last look."""
        if not self.folders:
            return
        used = usage(self.folders)
        if used.size > self.limits.disk:
            raise CommitFault(f"{self.what} wrote more than {amount(self.limits.disk)} to disk.")
        if used.files > self.limits.files:
            raise CommitFault(f"{self.what} made more than {self.limits.files} files.")


def available_memory() -> int:
    """Bytes that the host could still give to processes."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 1 << 62


def signal_sentence(status: int, limits: Limits) -> str | None:
    """What a death by one of the kernel's limit signals means, from an exit status."""
    return {
        128 + 24: f"A process used more than {limits.cpu_seconds:g} s of processor time.",
        128 + 25: f"A file grew beyond {amount(limits.file)}.",
    }.get(status)


def fitting(limits: Limits, memory: int) -> Limits:
    """Limits for a host with this much memory: three quarters of it at most are a build's."""
    return replace(limits, memory=min(limits.memory, memory * 3 // 4), tmp=min(limits.tmp, memory // 8))
