"""A console that QEMU connects to us on a unix socket.

Why a socket on which the worker listens: QEMU connects before the machine runs, so the first byte is heard; a thread
empties the socket whether or not the worker reads, so the last byte is heard as well; the end of the stream is the end
of QEMU, with no polling. Rejected: `mode='bind'` drops what is said before somebody connects; a file goes through
virtlogd under system libvirt, which rotates it at 2 MiB; a pty drops bytes when its buffer is full.
"""

import contextlib
import socket
import struct
import threading
import time
from pathlib import Path

from workers.machines.errors import ConsoleLost

_RECEIVE = 1 << 16
# QEMU writes every few bytes. Waking for each of them takes the processor from the machine; the socket holds about 277
# such writes, so a pause this short does not fill it.
_GATHER_SECONDS = 0.002
# Beyond this much unread, the machine is held up instead: its serial port waits for us.
_MAX_UNREAD = 64 << 20


class SocketConsole:
    """Listen, then have the hypervisor connect, then `accept`, then read."""

    def __init__(self, path: Path) -> None:
        """`path` is where the socket will be; at most 107 bytes."""
        self._path = path
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._changed = threading.Condition()
        self._unread = bytearray()
        self._ended = False
        self._error: OSError | None = None
        self._pump = threading.Thread(target=self._receive_all, name="console", daemon=True)

    def listen(self) -> None:
        """Make the socket. Raises ConsoleLost when that fails."""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(str(self._path))
            self._listener.listen(1)
        except OSError as error:
            raise ConsoleLost(f"the console socket {self._path} can't be made: {error}") from error

    def accept(self, timeout: float) -> int:
        """Take the connection that QEMU made; its process id. Raises ConsoleLost when there is none in time."""
        assert self._listener is not None
        self._listener.settimeout(timeout)
        try:
            self._peer, _ = self._listener.accept()
        except OSError as error:
            raise ConsoleLost("the hypervisor did not connect the machine's console") from error
        self._peer.settimeout(None)
        self._pump.start()
        # struct ucred of unix(7): process, user, group.
        credentials = self._peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        process: int = struct.unpack("3i", credentials)[0]
        return process

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
        """Let go of the sockets; what was received can still be read."""
        if self._listener is not None:
            self._listener.close()
        if self._peer is not None:
            with contextlib.suppress(OSError):
                self._peer.shutdown(socket.SHUT_RDWR)
            with self._changed:
                self._ended = True
                self._changed.notify_all()
            self._pump.join()
            self._peer.close()

    def _receive_all(self) -> None:
        assert self._peer is not None
        error: OSError | None = None
        try:
            while data := self._peer.recv(_RECEIVE):
                with self._changed:
                    self._changed.wait_for(lambda: len(self._unread) < _MAX_UNREAD or self._ended)
                    self._unread += data
                    self._changed.notify_all()
                time.sleep(_GATHER_SECONDS)
        except OSError as broken:
            error = broken
        with self._changed:
            # QEMU that was killed resets the connection; that is its end and no fault of the console.
            self._error = None if isinstance(error, ConnectionResetError) else error
            self._ended = True
            self._changed.notify_all()
