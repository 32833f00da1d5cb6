"""The end of a stream: first its record, then its segments packed one by one. May be killed at any line and repeated.

Each segment becomes a zstd frame of its own, so one that is read costs one decompression of about 1 MiB. Its packed
file stands whole beside the raw one before the raw one goes, and readers take either.
"""

import hashlib
import os
from pathlib import Path

import zstandard

from farm.consoles.errors import disk_faults
from farm.consoles.finish_record import Finished, finished_or_none, record_finish, replace_synced
from farm.consoles.line_ends import last_line_of
from farm.consoles.lock import locked
from farm.consoles.pieces import Gap, pieces, stream_size
from farm.consoles.segments import PACKED, RAW, all_segments


def finish(folder: Path) -> Finished:
    """End the stream and pack it. See `Stream.finish`."""
    with disk_faults(folder), locked(folder):
        finished = finished_or_none(folder)
        if finished is None:
            finished = _measured(folder)
            _sync_last(folder)
            record_finish(folder, finished)
        for raw in folder.glob("*" + RAW):
            _pack(raw)
        return finished


def _measured(folder: Path) -> Finished:
    size = stream_size(folder)
    digest = hashlib.sha256()
    lines = 0
    for piece in pieces(folder, 0, size):
        if not isinstance(piece, Gap):
            digest.update(piece.data)
            lines = last_line_of(piece.segment, piece.data)
    return Finished(size=size, lines=lines, sha256=digest.hexdigest())


def _sync_last(folder: Path) -> None:
    for segment in all_segments(folder)[-1:]:
        with open(folder / segment.name, "rb") as file:
            os.fsync(file.fileno())


def _pack(raw: Path) -> None:
    packed = raw.with_suffix(PACKED)
    if not packed.exists():
        compressor = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True)
        replace_synced(packed, compressor.compress(raw.read_bytes()))
    raw.unlink()
