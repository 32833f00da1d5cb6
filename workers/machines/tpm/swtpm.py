"""swtpm as a child process in a sandbox: no network, and of this host only programs and its state folder.

The firmware under test speaks to it, so it is as exposed as QEMU is. It holds no socket with a name: its control
channel is one end of a pair, the other is here, and over it swtpm is handed the channel for commands. It dies with the
thread that started it (bubblewrap's --die-with-parent), so nothing is left of a worker that was killed.
Source: swtpm(8), swtpm_ioctls(3).
"""

import array
import contextlib
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from workers.machines.errors import TpmFailed
from workers.parser_sandbox import system_folders

SANDBOX: Final = "bwrap"
PROGRAM: Final = "swtpm"
STATE_FILE: Final = "tpm2-00.permall"
SET_DATA_CHANNEL, SHUTDOWN = 0x10, 0x03  # CMD_SET_DATAFD, CMD_SHUTDOWN
_CAPABILITY: Final = struct.pack(">I", 0x01)  # CMD_GET_CAPABILITY
_INIT: Final = 0x02
_LONGEST: Final = 8192  # bytes of a control message
_ANSWER_SECONDS: Final = 20.0
_END_SECONDS: Final = 5.0
_STATE: Final = "/state"  # as the sandbox names the folder


class Swtpm:
    """A swtpm over the state in `folder`, which it keeps up to date. Raises TpmFailed."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs yet."""
        self._folder = folder
        self._control: socket.socket
        self._process: subprocess.Popen[bytes]
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> "Swtpm":
        """Start it, and hear that it runs.

        Not sooner is it tied to this process: a sandbox that is ended while it is being made leaves its inside behind.
        """
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_ANSWER_SECONDS)
        with theirs:
            try:
                self._process = self._start(theirs.fileno())
            except OSError as error:
                self._control.close()
                raise TpmFailed(
                    f"the machine's TPM can't be started: {error}; on Debian: apt install bubblewrap"
                ) from error
        try:
            self.control(_CAPABILITY)
        except TpmFailed:
            self.__exit__()
            raise
        return self

    def _start(self, control: int) -> subprocess.Popen[bytes]:
        sandbox = [SANDBOX, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        sandbox += [*system_folders(), "--dev", "/dev", "--bind", str(self._folder), _STATE, "--remount-ro", "/", "--"]
        swtpm = [PROGRAM, "socket", "--tpm2", "--tpmstate", f"dir={_STATE}"]
        swtpm += ["--ctrl", f"type=unixio,clientfd={control}"]
        log = (self._folder / "log").open("wb")
        with log:
            return subprocess.Popen(
                [*sandbox, *swtpm], stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[control], cwd="/"
            )

    def __exit__(self, *_: object) -> None:
        """End it; it has nothing to say any more."""
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # The sandbox's inner processes die with the outer one, but a moment later: with the last, the channel closes.
        self._control.settimeout(_END_SECONDS)
        with self._control, contextlib.suppress(OSError):
            while self._control.recv(_LONGEST):
                pass

    def control(self, message: bytes, descriptors: Sequence[int] = ()) -> bytes:
        """The answer to a message on the control channel."""
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        with self._one_at_a_time:
            try:
                self._control.sendmsg([message], passed)
                answer = self._control.recv(_LONGEST)
            except OSError as error:
                raise TpmFailed(f"the machine's TPM has ended: {self._last_words() or error}") from error
        if not answer:
            raise TpmFailed(f"the machine's TPM has ended: {self._last_words()}")
        return answer

    def power_on(self) -> None:
        """As firmware does before the first command."""
        self._command(struct.pack(">II", _INIT, 0))

    @contextlib.contextmanager
    def channel(self) -> Iterator[socket.socket]:
        """A channel for commands, in place of the one before."""
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(_ANSWER_SECONDS)
            with theirs:
                self._command(struct.pack(">I", SET_DATA_CHANNEL), [theirs.fileno()])
            yield ours

    def _command(self, message: bytes, descriptors: Sequence[int] = ()) -> None:
        answer = self.control(message, descriptors)
        if answer[:4] != bytes(4):
            raise TpmFailed(f"swtpm answered {answer[:4].hex()} to {message[:4].hex()}")

    def _last_words(self) -> str:
        """What it or its sandbox printed: a missing program, or a state that it can't read."""
        said = (self._folder / "log").read_text(errors="replace").strip()
        if "swtpm: No such file" in said:
            return "swtpm is not installed; on Debian: apt install swtpm"
        return said[-300:]
