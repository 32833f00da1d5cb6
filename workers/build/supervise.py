"""Runs one task in a sandbox to its end, within its limits, and sees to it that nothing of it is left."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.build import seccomp
from workers.build.faults import HostFault
from workers.build.limits import Limits
from workers.build.sandbox import Task, command_line, write_accounts
from workers.build.watch import Watch

POLL_SECONDS: Final = 0.2
CHUNK: Final = 1 << 16
NEEDED: Final = {"bwrap": "bubblewrap", "setpriv": "util-linux", "prlimit": "util-linux", "du": "coreutils"}

Sink = Callable[[bytes], None]


@dataclass(frozen=True)
class Running:
    """A started sandbox: bubblewrap itself, and the first process of its pid namespace."""

    process: subprocess.Popen[bytes]
    init: int  # pid as this host sees it
    init_fd: int  # pidfd; readable once the whole namespace is dead
    ready: int  # holds a byte once the task began; at its end when the namespace is dead


def check_tools() -> None:
    """HostFault with the command that mends it, when a program that every build needs is missing."""
    for tool, package in NEEDED.items():
        if shutil.which(tool) is None:
            raise HostFault(f"{tool} is not installed on this builder: run apt-get install {package}.")


def supervise(task: Task, limits: Limits, uid: int | None, watch: Watch, out: Sink, err: Sink | None = None) -> int:
    """The exit status of the task, 128 + n after signal n.

    `out` gets standard output, `err` standard error, or both go to `out` when it is None. Whatever `watch.check`
    raises ends the sandbox. On every way out all its processes are dead.
    """
    check_tools()
    first = _First(out if err is None else err)
    with tempfile.TemporaryDirectory(prefix="bootfarm-sandbox-") as folder, ExitStack() as stack:
        write_accounts(Path(folder), uid)
        running = stack.enter_context(_started(task, limits, uid, Path(folder), separate=err is not None))
        watch.begin(running.init)
        with selectors.DefaultSelector() as selector:
            errors = running.process.stderr
            pipes = [(running.process.stdout, out if errors else first), (errors, first)]
            for pipe, sink in pipes:
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
                    selector.register(pipe, selectors.EVENT_READ, sink)
            _pump(running, selector, watch)
            _kill(running)  # a daemon that the task left may hold the pipes open
            while _read(selector, 0.0):
                pass
        status = running.process.wait()
        _check_it_began(running, status, first.began)
        return status


class _First:
    """Passes output on and remembers how it began: a sandbox that could not be set up says why."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.began = b""

    def __call__(self, data: bytes) -> None:
        self.began = self.began or data[:500]
        self._sink(data)


def _check_it_began(running: Running, status: int, said: bytes) -> None:
    """HostFault unless the task itself began: what it says and how it ends is its own from then on."""
    if os.read(running.ready, 1) != b".":
        complaint = (said.decode(errors="replace").splitlines() or [f"status {status}"])[0]
        raise HostFault(f"The sandbox could not be made: {complaint}")


def _pump(running: Running, selector: selectors.BaseSelector, watch: Watch) -> None:
    due = 0.0
    while running.process.poll() is None:
        if selector.get_map():
            _read(selector, POLL_SECONDS)
        else:
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(POLL_SECONDS)
        if time.monotonic() >= due:
            watch.check()
            due = time.monotonic() + POLL_SECONDS


def _read(selector: selectors.BaseSelector, timeout: float) -> bool:
    """Pass on what is there; false when nothing was."""
    got = False
    for key, _ in selector.select(timeout):
        try:
            data = os.read(key.fd, CHUNK)
        except BlockingIOError:
            continue
        if data:
            key.data(data)
            got = True
        else:
            selector.unregister(key.fileobj)
    return got


@contextmanager
def _started(task: Task, limits: Limits, uid: int | None, accounts: Path, *, separate: bool) -> Iterator[Running]:
    with ExitStack() as stack:
        info_read, info_write = os.pipe()
        stack.callback(os.close, info_read)
        ready_read, ready_write = os.pipe()
        stack.callback(os.close, ready_read)
        filter_fd = _filter(stack)
        inherited = [info_write] + ([filter_fd] if filter_fd is not None else [])
        # --die-with-parent watches the thread that forks. It is this one, which stays until the sandbox is gone.
        try:
            process = subprocess.Popen(
                command_line(task, limits, uid, accounts, info_write, filter_fd),
                stdin=ready_write,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if separate else subprocess.STDOUT,
                pass_fds=inherited,
                env={"PATH": "/usr/bin:/bin"},
            )
        finally:
            os.close(info_write)
            os.close(ready_write)
        stack.enter_context(process)
        stack.callback(process.kill)
        init = _init_of(info_read, process)
        running = Running(process, init, os.pidfd_open(init), ready_read)
        stack.callback(os.close, running.init_fd)
        stack.callback(_kill, running)
        with suppress(OSError):  # if memory runs out all the same, the kernel shall pick this and not the farm
            Path(f"/proc/{init}/oom_score_adj").write_text("1000")
        yield running


def _filter(stack: ExitStack) -> int | None:
    program = seccomp.program()
    if not program:
        return None
    read, write = os.pipe()
    stack.callback(os.close, read)
    os.write(write, program)  # a few hundred bytes: a pipe holds them until bubblewrap reads
    os.close(write)
    return read


def _init_of(info: int, process: subprocess.Popen[bytes]) -> int:
    """The pid that bubblewrap reports; HostFault with its complaint if it could not make the sandbox."""
    text = b""
    while chunk := os.read(info, 4096):
        text += chunk
        with suppress(ValueError):
            return int(json.loads(text)["child-pid"])
    said = process.stderr or process.stdout
    complaint = said.read(2000).decode(errors="replace").strip() if said else ""
    raise HostFault(
        f"The sandbox could not be made: {complaint or 'bubblewrap said nothing'}. "
        "A plain user needs unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1)."
    )


def _kill(running: Running) -> None:
    """Kill the namespace whole and wait for it: the kernel reports the first process last."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(running.init_fd, signal.SIGKILL)
    with selectors.DefaultSelector() as selector:
        selector.register(running.init_fd, selectors.EVENT_READ)
        selector.select(30)
