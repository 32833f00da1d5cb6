"""`finished.json`: its presence ends the stream, whether or not the segments are packed yet."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

_NAME = "finished.json"


@dataclass(frozen=True)
class Finished:
    """A stream's end: `size` bytes and `lines` lines were said; `sha256` (hex) is over the raw bytes kept of them.

    `redacted` says that some of them were written over since.
    """

    size: int
    lines: int
    sha256: str
    redacted: bool = False


def finished_or_none(folder: Path) -> Finished | None:
    """The record of a finished stream, or None while it may still grow."""
    try:
        with open(folder / _NAME, "rb", buffering=0) as file:
            return Finished(**json.loads(file.read()))
    except FileNotFoundError:
        return None


def record_finish(folder: Path, finished: Finished) -> None:
    """Write the record, whole or not at all."""
    replace_synced(folder / _NAME, json.dumps(asdict(finished)).encode())


def replace_synced(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that after a crash or power cut it is there whole or not at all. Needs the lock."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
