"""Real `up` processes and what they leave."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cli.up.leftovers import processes_of


def wait_for(what: str, is_so: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


def start(*argv: str, log: Path, **env: str) -> subprocess.Popen[bytes]:
    """The command as a process of its own, not a child that would die with a thread of the test."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.main", *argv],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def nothing_left(run_dir: Path) -> bool:
    return not processes_of(run_dir) and not run_dir.exists()
