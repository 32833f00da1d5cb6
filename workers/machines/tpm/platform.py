"""A virtual machine's TPM for one boot: a fresh copy of the machine's state, in a swtpm of its own."""

import secrets
import shutil
from contextlib import ExitStack
from pathlib import Path

from workers.machines.errors import TpmFailed
from workers.machines.tpm.commands import read_pcrs
from workers.machines.tpm.relay import ControlRelay
from workers.machines.tpm.state import tpm_state
from workers.machines.tpm.swtpm import STATE_FILE, Swtpm


class PlatformTpm:
    """Implements `Tpm`. `socket` is where QEMU finds it while this is entered."""

    public: bytes

    def __init__(self, states: Path, machine: str, folder: Path) -> None:
        """`states` holds the states of this host's machines, `folder` is the boot's own. Nothing is made yet."""
        self.socket = folder / f"tpm-{secrets.token_hex(4)}"
        self._states = states
        self._machine = machine
        self._folder = folder / "tpm"
        self._undo = ExitStack()
        self._swtpm: Swtpm
        self._relay: ControlRelay

    def __enter__(self) -> None:
        """Copy the state, which a first boot makes, and start swtpm over the copy."""
        kept = tpm_state(self._states, self._machine)
        self.public = kept.public
        with ExitStack() as undo:
            try:
                self._folder.mkdir(mode=0o700)
                undo.callback(shutil.rmtree, self._folder, ignore_errors=True)
                shutil.copyfile(kept.file, self._folder / STATE_FILE)
                self._swtpm = undo.enter_context(Swtpm(self._folder))
                self._relay = ControlRelay(self.socket, self._swtpm)
            except OSError as error:
                raise TpmFailed(f"the machine's TPM can't be made: {error}") from error
            undo.callback(self._relay.close)
            self._undo = undo.pop_all()

    def pcrs(self) -> dict[int, bytes]:
        """What swtpm holds now that QEMU has ended."""
        if not self._relay.wait():
            return {}
        with self._swtpm.channel() as channel:
            return read_pcrs(channel)

    def __exit__(self, *_: object) -> None:
        """End it and forget what it changed."""
        self._undo.close()
