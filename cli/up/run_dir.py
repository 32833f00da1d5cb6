"""The run folder of one `up`: short, since unix sockets are made in it, private, and gone at the end."""

import hashlib
import os
import stat
from pathlib import Path

from cli.errors import CliError
from cli.exit_codes import ExitCode

# A worker's own folder in it has at most 41 bytes, see `workers.machines.host`; the longest name is "/build".
_LONGEST = 35


def run_dir_of(home: Path) -> Path:
    """The run folder that belongs to this home."""
    name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:8]
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    wanted = runtime / f"bootfarm-{name}"
    if runtime.is_dir() and os.access(runtime, os.W_OK) and len(os.fsencode(wanted)) <= _LONGEST:
        return wanted
    return Path("/tmp") / f"bootfarm-{os.getuid()}-{name}"


def make_run_dir(folder: Path) -> None:
    """Make the folder; one that is there already must be ours.

    Raises:
        CliError: somebody else made it, or something that is no folder.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CliError(
            f"{folder} is there and not a folder of yours, so nothing is put into it.",
            "Remove it, or set XDG_RUNTIME_DIR to a folder of your own.",
            ExitCode.INFRA,
        )
    # Under root QEMU runs as an unprivileged user if that user can pass through here; nobody else can list it, and the
    # one socket in it has a mode of its own.
    folder.chmod(0o711 if os.getuid() == 0 else 0o700)
