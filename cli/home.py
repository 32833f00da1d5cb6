"""The home of a farm on this host, as far as clients look into it: its token, and the `up` that serves it."""

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

CREDENTIAL = "cli-token"  # the name of the file with a token for this host's own farm
LOCK = "up.lock"


def home() -> Path:
    """As `farm.settings.default_home`, whose import costs more than a client command may take."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(os.environ.get("BOOTFARM_HOME") or Path(state) / "bootfarm")


@dataclass(frozen=True)
class UpRecord:
    """What the last `up` of a home wrote into its lock file."""

    pid: int
    url: str


def up_record(folder: Path) -> UpRecord | None:
    """The last `up` of this home, running or not."""
    try:
        record = json.loads((folder / LOCK).read_text())
        return UpRecord(int(record["pid"]), str(record["url"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_up(folder: Path) -> bool:
    """Whether an `up` holds this home now."""
    with contextlib.suppress(FileNotFoundError, PermissionError), (folder / LOCK).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
