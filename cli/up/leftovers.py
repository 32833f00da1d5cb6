"""Processes that belong to a run folder. Runs without our packages, since the guardian does.

Every child of `up` has the folder's path in its environment, and what it starts inherits that. libvirt gives QEMU an
environment of its own, so hypervisors are known by the paths on their command line, too.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

_MACHINE_PROGRAMS = ("qemu", "swtpm", "dnsmasq", "bwrap")
_LOOK_SECONDS = 0.05


def processes_of(run_dir: Path) -> list[int]:
    """Ids of all living processes that belong to this folder, without the caller itself."""
    mark = os.fsencode(run_dir)
    return [pid for pid in _all() if pid != os.getpid() and _belongs(pid, mark)]


def _all() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _belongs(pid: int, mark: bytes) -> bool:
    # Gone in between, or somebody else's: neither is ours to end. A zombie has neither environment nor command line.
    with contextlib.suppress(OSError):
        if mark in Path(f"/proc/{pid}/environ").read_bytes():
            return True
        program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        name = os.path.basename(os.fsdecode(program))
        return name.startswith(_MACHINE_PROGRAMS) and any(mark in argument for argument in arguments)
    return False


def end_all(run_dir: Path, patience: float) -> list[int]:
    """Give what is left some seconds to end by itself, then kill it by id, until nothing is left; the killed ids."""
    deadline, killed, asked = time.monotonic() + patience, set[int](), set[int]()
    while left := processes_of(run_dir):
        overdue = time.monotonic() >= deadline
        for pid in left:
            if overdue or pid not in asked:
                _signal(pid, run_dir, signal.SIGKILL if overdue else signal.SIGTERM)
                asked.add(pid)
        killed |= set(left) if overdue else set()
        time.sleep(_LOOK_SECONDS)
    return sorted(killed)


def _signal(pid: int, run_dir: Path, number: signal.Signals) -> None:
    """By descriptor, checked again once it is open: an id that was given to another process meanwhile is not hit."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        descriptor = os.pidfd_open(pid)
        try:
            if _belongs(pid, os.fsencode(run_dir)):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)
