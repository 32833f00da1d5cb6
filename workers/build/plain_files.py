"""Files of a checkout, read by the worker itself: a link may point at the host's own, a fifo never ends."""

import os
import stat
from pathlib import Path
from typing import Final

MAX_READ: Final = 1 << 20  # bytes


def plain_file(path: Path, root: Path) -> Path | None:
    """The regular file below `root` to which a path leads, by links within `root` if need be; None for all else.

    Holds for as long as nothing that a stranger wrote runs beside us.
    """
    try:
        real = Path(os.path.realpath(path))
        inside = real.is_relative_to(os.path.realpath(root))
        return real if inside and stat.S_ISREG(real.lstat().st_mode) else None
    except (OSError, ValueError):  # absent, longer than a path can be, or with a NUL
        return None


def head(path: Path, root: Path) -> str:
    """The first MiB of such a file as text; empty when there is none."""
    real = plain_file(path, root)
    if real is None:
        return ""
    try:
        with open(os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(MAX_READ).decode(errors="replace") if regular else ""
    except OSError:
        return ""
