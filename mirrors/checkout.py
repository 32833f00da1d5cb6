"""A tree as plain files: no .git, no hooks, no filters, no submodules, nothing outside of the target folder."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from mirrors import process
from mirrors.errors import MirrorCode, MirrorError
from mirrors.git import Git, environment
from mirrors.seen import stable_times
from mirrors.trees import FOLDER, SUBMODULE, SYMLINK, Entry, entries

CHUNK: Final = 1 << 20
MAX_LINK: Final = 4095  # bytes of a symbolic link's target, as the kernel has it


@dataclass(frozen=True)
class Checkout:
    """What a checkout made. `submodules` are the paths that were left as empty folders."""

    tree: str
    files: int
    size: int  # bytes
    submodules: tuple[str, ...]


def check_out(git: Git, tree: str, into: Path, seen: Path, *, max_bytes: int, timeout: float) -> Checkout:
    """Write the tree below `into`, which must be empty or absent. Content is git's, byte for byte.

    Bytes come from `cat-file --batch` and not from `git checkout`: that one applies .gitattributes.
    """
    listed = entries(git, tree)
    _check_paths(listed)
    size = sum(entry.size for entry in listed)
    if size > max_bytes:
        raise MirrorError(MirrorCode.TOO_LARGE, f"The tree has {size} bytes; at most {max_bytes} are checked out.")
    into.mkdir(parents=True, exist_ok=True)
    root = os.fsencode(into)
    folders = [e for e in listed if e.mode in (FOLDER, SUBMODULE)]
    blobs = [e for e in listed if e.mode not in (FOLDER, SUBMODULE)]
    for entry in folders:
        with _new(entry):
            os.mkdir(os.path.join(root, entry.path), 0o755)
    # Symbolic links last: while files are written there is no link that a file's path could lead through.
    _write_blobs(git, root, sorted(blobs, key=lambda e: e.mode == SYMLINK), timeout)
    times = stable_times(seen, [(e.path, e.mode + e.blob) for e in listed])
    for path in sorted(times, reverse=True):  # folders after what they hold
        os.utime(os.path.join(root, path), ns=(times[path], times[path]), follow_symlinks=False)
    return Checkout(tree, len(blobs), size, tuple(os.fsdecode(e.path) for e in listed if e.mode == SUBMODULE))


def _check_paths(listed: list[Entry]) -> None:
    """Git refuses such names in its own checkout; a tree object made by hand may hold them all the same."""
    folders = {b""}
    for entry in listed:
        parent, _, name = entry.path.rpartition(b"/")
        if name in (b"", b".", b"..") or name.lower() == b".git" or parent not in folders:
            raise MirrorError(MirrorCode.GIT_FAILED, f"The tree has a forbidden path: {entry.path!r}.")
        if entry.mode == FOLDER:
            folders.add(entry.path)


@contextmanager
def _new(entry: Entry) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise MirrorError(MirrorCode.GIT_FAILED, f"The tree names {entry.path!r} twice.") from None


def _write_blobs(git: Git, root: bytes, blobs: list[Entry], timeout: float) -> None:
    with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as errors:
        names.write(b"".join(e.blob.encode() + b"\n" for e in blobs))
        names.seek(0)
        argv = git.argv("cat-file", "--batch", "--buffer")
        env = environment(None, git.config)
        with process.started(argv, env=env, cwd=git.repository.parent, stdin=names, stdout=-1, stderr=errors) as cat:
            assert cat.stdout is not None
            watchdog = threading.Timer(timeout, cat.kill)
            watchdog.start()
            try:
                for entry in blobs:
                    _write_blob(cat.stdout, root, entry)
            except EOFError:
                raise MirrorError(MirrorCode.TIMEOUT, f"git cat-file did not finish within {timeout:g} s.") from None
            finally:
                watchdog.cancel()


def _write_blob(stream: IO[bytes], root: bytes, entry: Entry) -> None:
    header = stream.readline().split()
    if not header:
        raise EOFError
    if len(header) != 3 or header[1] != b"blob" or int(header[2]) != entry.size:
        raise MirrorError(MirrorCode.GIT_FAILED, f"The object of {entry.path!r} is missing or no file.")
    path = os.path.join(root, entry.path)
    if entry.mode == SYMLINK:
        target = _exactly(stream, entry.size) if entry.size <= MAX_LINK else b""
        if not target or b"\0" in target:
            raise MirrorError(MirrorCode.GIT_FAILED, f"The symbolic link {entry.path!r} leads nowhere.")
        with _new(entry):
            os.symlink(target, path)
    else:
        with _new(entry):
            _copy(stream, path, entry)
    _exactly(stream, 1)  # the line feed after each object


def _copy(stream: IO[bytes], path: bytes, entry: Entry) -> None:
    mode = 0o755 if entry.mode == "100755" else 0o644
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        left = entry.size
        while left:
            chunk = _exactly(stream, min(left, CHUNK))
            file.write(chunk)
            left -= len(chunk)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data
