"""The state that a machine's TPM begins every boot with, made once per machine and kept as long as the machine is.

A machine is known by its attestation key, so this is its identity: a lost folder is another machine, which the farm
refuses until somebody enrols it anew. Made in a folder of its own and moved into place whole.
"""

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from workers.machines.errors import TpmFailed
from workers.machines.tpm.commands import make_platform_key
from workers.machines.tpm.swtpm import STATE_FILE, Swtpm

_PUBLIC: Final = "platform-key.pub"
_MOST: Final = 1 << 20  # bytes of either file; swtpm's state has 2,000 to 60,000
log = structlog.get_logger()


@dataclass(frozen=True)
class TpmState:
    """A machine's identity: swtpm's state, and the TPMT_PUBLIC of the attestation key in it."""

    file: Path
    public: bytes


def tpm_state(states: Path, machine: str) -> TpmState:
    """The state of this machine's TPM below the folder `states`, made now if this is its first boot here.

    Raises:
        TpmFailed: it can't be made, or what is kept is not whole.
    """
    folder = states / machine
    try:
        if not folder.exists():
            _make(states, folder)
        file, public = folder / STATE_FILE, (folder / _PUBLIC).read_bytes()
        if not (0 < file.stat().st_size <= _MOST and 0 < len(public) <= _MOST):
            raise OSError("a file is empty or too large")
    except OSError as error:
        raise TpmFailed(
            f"the TPM of machine {machine} in {folder} is not whole: {error}. Put the folder back from a backup; "
            "without it the machine is another one, and has to be enrolled anew"
        ) from error
    return TpmState(file, public)


def _make(states: Path, folder: Path) -> None:
    states.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Not below `states`'s names of machines: those do not begin with a dot.
    with tempfile.TemporaryDirectory(prefix=".new-", dir=states) as scratch:
        with Swtpm(Path(scratch)) as swtpm, swtpm.channel() as channel:
            swtpm.power_on()
            public = make_platform_key(channel)
        made = Path(scratch, "made")
        made.mkdir(mode=0o700)
        shutil.copyfile(Path(scratch, STATE_FILE), made / STATE_FILE)
        (made / _PUBLIC).write_bytes(public)
        for path in (made / STATE_FILE, made / _PUBLIC, made):
            _sync(path)
        with contextlib.suppress(FileExistsError):  # another process of this host was first: its key counts
            _rename(made, folder)
            _sync(states)
            log.info("tpm.made", machine=folder.name, public=public.hex())


def _rename(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError as error:
        if not folder.exists():
            raise
        raise FileExistsError(folder) from error


def _sync(path: Path) -> None:
    """Keep it over a loss of power: the farm will know the machine by it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
