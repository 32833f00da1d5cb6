"""One bounded run of a program: a deadline, a cap on output, and a process group that never outlives the call."""

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Finished:
    """A program's end; `stdout` and `stderr` as bytes."""

    status: int
    stdout: bytes
    stderr: bytes


class OutOfTime(Exception):
    """The deadline passed; the process group is dead."""


class TooMuchOutput(Exception):
    """More was printed than the caller can hold; the process group is dead."""


@contextmanager
def started(
    argv: Sequence[str], *, env: dict[str, str], cwd: Path, stdin: IO[bytes], stdout: IO[bytes] | int, stderr: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own; leaving the block kills whatever is left of its group."""
    process = subprocess.Popen(
        argv, env=env, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True, close_fds=True
    )
    try:
        yield process
    finally:
        # The leader is not reaped before this line unless it ended by itself, so the group id is still ours.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def run(
    argv: Sequence[str],
    *,
    env: dict[str, str],
    cwd: Path,
    timeout: float,
    stdin: bytes = b"",
    max_output: int = 64 << 20,
    max_memory: int | None = None,
    watch: Callable[[], None] | None = None,
) -> Finished:
    """Run to the end within `timeout` seconds. `watch` is called every fifth of a second and may raise to end it."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        with started(argv, env=env, cwd=cwd, stdin=given, stdout=out, stderr=err) as process:
            if max_memory is not None:
                with suppress(ProcessLookupError):
                    resource.prlimit(process.pid, resource.RLIMIT_AS, (max_memory, max_memory))
            _wait(process, time.monotonic() + timeout, (out, err), max_output, watch)
            status = process.returncode
        out.seek(0)
        err.seek(0)
        return Finished(status, out.read(), err.read())


def _wait(
    process: subprocess.Popen[bytes],
    deadline: float,
    files: tuple[IO[bytes], IO[bytes]],
    max_output: int,
    watch: Callable[[], None] | None,
) -> None:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(POLL_SECONDS, max(0.01, deadline - time.monotonic())))
        if any(os.fstat(file.fileno()).st_size > max_output for file in files):
            raise TooMuchOutput
        if process.returncode is not None:
            return
        if time.monotonic() >= deadline:
            raise OutOfTime
        if watch:
            watch()
