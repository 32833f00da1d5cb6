"""The child processes of `up`: started, watched, started again when they die, and ended in order."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.errors import CliError
from cli.exit_codes import ExitCode

_WRAPPER = Path(__file__).parent / "child.py"
MOST_RESTARTS = 5  # within the window; what dies more often will not get well by itself
WINDOW_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_SHOWN_LINES = 12
_ENDS_SECONDS = 10.0  # for each rank of children, then they are killed


@dataclass(frozen=True)
class ChildSpec:
    """A child to run. Children of a lower `rank` are needed by those of a higher one, which are ended first."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    rank: int = 0


@dataclass
class _Child:
    spec: ChildSpec
    process: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)
    restart_at: float | None = None


class Supervisor:
    """Start children from one thread that lives as long as they shall: the kernel ends them with it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` hears of deaths."""
        self._say = say
        self._children: list[_Child] = []

    def start(self, spec: ChildSpec) -> None:
        """Start a child; its log begins anew and the last one is kept beside it."""
        spec.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if spec.log.exists():
            spec.log.replace(spec.log.with_name(spec.log.name + ".1"))
        self._children.append(_Child(spec, _spawn(spec)))

    def tend(self) -> None:
        """Notice deaths, and start again what is due.

        Raises:
            CliError: a child dies again and again.
        """
        for child in self._children:
            if child.restart_at is None and child.process.poll() is not None:
                self._died(child)
            elif child.restart_at is not None and time.monotonic() >= child.restart_at:
                child.restart_at = None
                child.process = _spawn(child.spec)

    def _died(self, child: _Child) -> None:
        moment, name = time.monotonic(), child.spec.name
        child.deaths = [death for death in child.deaths if moment - death < WINDOW_SECONDS] + [moment]
        end = _end_in_words(child.process.returncode)
        lines = "".join(f"\n  {line}" for line in last_lines(child.spec.log))
        if len(child.deaths) > MOST_RESTARTS:
            raise CliError(
                f"{name} {end} for the {len(child.deaths)}th time within a minute; giving up. Its last lines:{lines}",
                f"All of its log: {child.spec.log}",
                ExitCode.INFRA,
            )
        pause = min(_FIRST_PAUSE * 2 ** (len(child.deaths) - 1), _LONGEST_PAUSE)
        child.restart_at = moment + pause
        self._say(f"{name} {end}; starting it again in {pause:.1f} s. Its last lines:{lines}")

    def pids(self) -> dict[str, int]:
        """Process ids of the living, by name."""
        return {child.spec.name: child.process.pid for child in self._children if child.process.poll() is None}

    def stop(self) -> None:
        """End all: those that need others before the others, by SIGTERM, and by SIGKILL what does not listen."""
        for rank in sorted({child.spec.rank for child in self._children}, reverse=True):
            living = [one for one in self._children if one.spec.rank == rank and one.process.poll() is None]
            for child in living:
                child.process.terminate()
            deadline = time.monotonic() + _ENDS_SECONDS
            for child in living:
                _end(child, deadline)
        self._children = []

    def __enter__(self) -> "Supervisor":
        """No child yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """No child any more."""
        self.stop()


def _spawn(spec: ChildSpec) -> subprocess.Popen[bytes]:
    with spec.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_WRAPPER), str(os.getpid()), *spec.argv],
            env=dict(spec.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for `up`, which ends them in order
            cwd="/",
        )


def _end(child: _Child, deadline: float) -> None:
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        # Its session is of its own making, so the group is it and what it started.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _end_in_words(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def last_lines(log: Path, count: int = _SHOWN_LINES) -> list[str]:
    """The end of a log file, [] when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16384))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
