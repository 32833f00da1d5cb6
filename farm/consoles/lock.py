"""One writer at a time in a stream's folder, over threads and processes. Readers never wait for it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the stream's lock, making the folder if need be. `flock` on a fresh descriptor excludes threads too."""
    fd = _locked_descriptor(folder)
    try:
        yield
    finally:
        os.close(fd)


def _locked_descriptor(folder: Path) -> int:
    path = folder / _LOCK
    while True:
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            _make(folder)
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            if _is_still(path, fd):
                return fd
        except BaseException:
            os.close(fd)
            raise
        # The stream was deleted while this caller waited: the lock it holds is on a file that is gone.
        os.close(fd)


def _is_still(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except FileNotFoundError:
        return False


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError:
        # A delete removed the owner's folder between the two steps of mkdir; the next turn makes it again.
        return
