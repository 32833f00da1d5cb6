"""The socket by which QEMU controls its TPM, passed on to swtpm but for the wish to end it.

QEMU ends its TPM with itself. What the firmware measured would be gone before anybody on the host could read it.
"""

import contextlib
import socket
import struct
import threading
from pathlib import Path
from typing import Final

import structlog

from workers.machines.errors import TpmFailed
from workers.machines.tpm.swtpm import SHUTDOWN, Swtpm

_LONGEST: Final = 8192  # bytes of a control message
_MOST_DESCRIPTORS: Final = 1
_JOIN_SECONDS: Final = 10.0
_SHUTDOWN: Final = struct.pack(">I", SHUTDOWN)
log = structlog.get_logger()


class ControlRelay:
    """Listens at `path` for one QEMU; `path` is gone once it has come."""

    def __init__(self, path: Path, swtpm: Swtpm) -> None:
        """Listen. Raises OSError."""
        self._path = path
        self._swtpm = swtpm
        self._peer: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        # Libvirt gives the socket to no other user. Its name can be guessed by nobody, and the first peer is the only.
        path.chmod(0o666)
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, name="tpm", daemon=True)
        self._thread.start()

    def wait(self) -> bool:
        """Wait for the end of a QEMU that is off; whether there was one."""
        if self._peer is None:
            return False
        self._thread.join(_JOIN_SECONDS)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Stop, with whoever is connected."""
        for end in (self._listener, self._peer):
            if end is not None:
                with contextlib.suppress(OSError):  # it is closed already
                    end.shutdown(socket.SHUT_RDWR)
        self._thread.join(_JOIN_SECONDS)
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        with self._listener:
            try:
                self._peer, _ = self._listener.accept()
            except OSError:
                return
        self._path.unlink(missing_ok=True)
        with self._peer as peer:
            try:
                while self._pass_one_on(peer):
                    pass
            except (OSError, TpmFailed) as error:
                # QEMU finds its TPM gone, and so does the firmware: what it says then is the boot's console.
                log.warning("tpm.broken", error=str(error))

    def _pass_one_on(self, peer: socket.socket) -> bool:
        message, descriptors, _, _ = socket.recv_fds(peer, _LONGEST, _MOST_DESCRIPTORS)
        if not message:
            return False
        try:
            answer = bytes(4) if message == _SHUTDOWN else self._swtpm.control(message, descriptors)
        finally:
            for descriptor in descriptors:
                socket.close(descriptor)
        peer.sendall(answer)
        return True
