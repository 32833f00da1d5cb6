"""A console that QEMU writes into a named pipe.

Why a pipe: it exists before the machine runs, so the first byte is heard; a thread empties it whether or not the worker
reads, so the last byte is heard as well; its end is the end of QEMU, with no polling. And it holds a mebibyte of what
was said while this process had no processor. Firmware waits a second for its serial port and then drops the line, which
looks like the application's fault. Rejected: a unix socket keeps each of QEMU's tiny writes apart and is full after 277
of them; a file goes through virtlogd under system libvirt, which rotates it at 2 MiB; a pty drops bytes when its buffer
is full.
"""

import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from workers.machines.errors import ConsoleLost

_RECEIVE: Final = 1 << 16
_PIPE_BYTES: Final = 1 << 20  # what a plain user may ask for (pipe(7))
# QEMU writes every few bytes. Waking for each of them takes the processor from the machine.
_GATHER_SECONDS: Final = 0.002
# Beyond this much unread, the machine is held up instead: its serial port waits for us.
_MAX_UNREAD: Final = 64 << 20


class PipeConsole:
    """Make the pipe, then have the hypervisor open it, then `begin`, then read."""

    def __init__(self, path: Path) -> None:
        """`path` is what libvirt is told; the pipes are beside it, `.out` for what the machine says."""
        self._path = path
        self._pipe: int | None = None
        self._changed = threading.Condition()
        self._unread = bytearray()
        self._ended = False
        self._closing = False
        self._error: OSError | None = None
        self._pump: threading.Thread | None = None

    def make(self) -> None:
        """Make the pipes. Raises ConsoleLost when that fails."""
        try:
            for direction in ("in", "out"):
                os.mkfifo(f"{self._path}.{direction}", 0o600)
            self._pipe = os.open(f"{self._path}.out", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise ConsoleLost(f"the console pipe {self._path} can't be made: {error}") from error
        with contextlib.suppress(OSError):  # a user who has many of them gets small ones
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def begin(self, at_end: Callable[[], None]) -> None:
        """Listen, once the hypervisor has opened its side; `at_end` is called, from a thread, when it has closed it."""
        self._pump = threading.Thread(target=self._receive_all, args=(at_end,), name="console", daemon=True)
        self._pump.start()

    def read(self, timeout: float) -> bytes | None:
        """What came since the last read; see `Console`."""
        with self._changed:
            self._changed.wait_for(lambda: self._unread or self._ended, timeout)
            if not self._unread and self._error is not None:
                raise ConsoleLost(f"the machine's console broke: {self._error}") from self._error
            if not self._unread and self._ended:
                return None
            data = bytes(self._unread)
            self._unread.clear()
            self._changed.notify_all()
            return data

    def close(self) -> None:
        """Let go of the pipe; what was received can still be read."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._pump is not None:
            self._pump.join()
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _receive_all(self, at_end: Callable[[], None]) -> None:
        assert self._pipe is not None
        try:
            while self._receive_some(self._pipe):
                time.sleep(_GATHER_SECONDS)
        except OSError as broken:
            self._error = broken
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if not self._closing:
            at_end()

    def _receive_some(self, pipe: int) -> bool:
        """Wait for bytes and take them; false at the end of the stream, or when nobody wants more of it."""
        ready = select.poll()  # and not select(), which stops at descriptor 1023
        ready.register(pipe, select.POLLIN)
        while not ready.poll(100):
            if self._closing:
                return False
        data = os.read(pipe, _RECEIVE)
        with self._changed:
            self._changed.wait_for(lambda: len(self._unread) < _MAX_UNREAD or self._closing)
            self._unread += data
            self._changed.notify_all()
        return bool(data)
