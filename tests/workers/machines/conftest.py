"""The lab host of all tests of machines: a process has one embedded libvirt."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from farm.wire import LiveLeases
from workers.machines.host import LabHost
from workers.reaper import reap_one

NOTHING = LiveLeases(boots=[], builds=[])


@pytest.fixture(scope="package")
def host() -> Iterator[LabHost]:
    """Nothing runs on it after the tests."""
    with TemporaryDirectory(prefix="bf-") as place:
        os.chmod(place, 0o711)
        made = LabHost("lab", Path(place) / "run", Path(place) / "cache", Path(place) / "state")
        made.warm_up()
        yield made
        assert reap_one(made, NOTHING) == []
        assert qemus(made.run_root) == []
        assert sandboxes(Path(place)) == []


def qemus(run_root: Path) -> list[int]:
    """Processes of machines below a run folder."""
    return _running(f"{run_root}/boot-", "qemu")


def sandboxes(folder: Path) -> list[int]:
    """Processes of TPMs below a folder."""
    return _running(str(folder), "swtpm")


def _running(path: str, program: str) -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = " ".join(process.info["cmdline"] or ())
        if process.info["status"] != psutil.STATUS_ZOMBIE and path in words and program in words:
            found.append(process.pid)
    return found
