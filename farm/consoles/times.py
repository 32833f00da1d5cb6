"""When bytes arrived: beside each segment a file of 16-byte records (offset, unix ms; both u64, little-endian).

A record is written before its bytes, so every byte has one even when the farm is killed between the two; the repeat
then adds a second record for the same offset, and the later one counts. The files go with their segments, so a flood
does not grow them either.
"""

import os
from bisect import bisect_right
from pathlib import Path
from struct import Struct

from farm.consoles.pieces import Gap, pieces
from farm.consoles.segments import TIMES, Segment

_RECORD = Struct("<QQ")


def note_arrival(folder: Path, segment: Segment, offset: int, now_ms: int) -> None:
    """Record that the bytes from `offset` on arrived at `now_ms`. A torn last record is written over."""
    fd = os.open(folder / (segment.stem + TIMES), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        end = os.fstat(fd).st_size // _RECORD.size * _RECORD.size
        # Bytes that arrive in the same millisecond share a record.
        if end and _RECORD.unpack(os.pread(fd, _RECORD.size, end - _RECORD.size))[1] == now_ms:
            return
        os.pwrite(fd, _RECORD.pack(offset, now_ms), end)
    finally:
        os.close(fd)


class Arrivals:
    """The arrival times of one segment's bytes, read once."""

    def __init__(self, folder: Path, segment: Segment) -> None:
        """A segment whose times are gone has none."""
        try:
            data = (folder / (segment.stem + TIMES)).read_bytes()
        except FileNotFoundError:
            data = b""
        whole = len(data) // _RECORD.size * _RECORD.size
        records = list(_RECORD.iter_unpack(data[:whole]))
        self._offsets = [record[0] for record in records]
        self._times_ms = [record[1] for record in records]

    def at(self, offset: int) -> int | None:
        """When the byte at `offset` arrived (unix ms); None if that was lost."""
        index = bisect_right(self._offsets, offset) - 1
        return self._times_ms[index] if index >= 0 else None


def arrival_ms(folder: Path, offset: int) -> int | None:
    """When the byte at `offset` of the stream arrived (unix ms); None if it is not there or its time was lost."""
    for piece in pieces(folder, offset, offset + 1):
        if not isinstance(piece, Gap):
            return Arrivals(folder, piece.segment).at(offset)
    return None
