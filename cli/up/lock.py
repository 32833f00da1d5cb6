"""One `up` per home: a lock file that says who holds it. The kernel frees it whatever way its holders end."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError
from cli.home import LOCK, up_record

# Longer than the guardian of an `up` that was killed needs to end what was left.
_LAST_ONE_ENDS_SECONDS = 25.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class HomeLock:
    """A held lock. The guardian inherits `descriptor`: while it still cleans up, the home is not free."""

    file: Path
    descriptor: int

    def record(self, url: str) -> None:
        """Say who holds it, for clients of this home and for a second `up`."""
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text, 0)


@contextlib.contextmanager
def hold_home(home: Path) -> Iterator[HomeLock]:
    """Hold the home's lock.

    Raises:
        CliError: another `up` holds it; the sentence names its process and URL.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    file = home / LOCK
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(home, descriptor)
        yield HomeLock(file, descriptor)
    finally:
        os.close(descriptor)


def _take(home: Path, descriptor: int) -> None:
    deadline = time.monotonic() + _LAST_ONE_ENDS_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        record = up_record(home)
        if record and _is_alive(record.pid):
            raise CliError(
                f"An `up` of this home runs already: process {record.pid}, {record.url}.",
                f"Use that one, end it with `kill {record.pid}`, or give BOOTFARM_HOME another folder.",
            )
        if time.monotonic() > deadline:
            raise CliError(f"{home / LOCK} is held by a process that says nothing of itself.", "Look with `lsof`.")
        time.sleep(_LOOK_SECONDS)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
