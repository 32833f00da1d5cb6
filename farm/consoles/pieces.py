"""Reading bytes in order without the lock, while others append, drop, pack."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from farm.consoles.finish_record import finished_or_none
from farm.consoles.segments import Segment, all_segments, last_segment, read_segment, stored_bytes
from farm.errors import StorageFault

# Each try fails only because a segment was dropped or packed between the listing and the read. Both happen once to a
# segment, so a reader that loses this often is looking at a damaged folder.
_TRIES = 100


@dataclass(frozen=True)
class Gap:
    """Bytes from `start` up to `end` that were dropped to keep head and tail of a flood."""

    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """Raw bytes that begin at byte `offset` of the stream."""

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        """The offset after the last byte."""
        return self.offset + len(self.data)


class Piece(NamedTuple):
    """Bytes of one segment from byte `offset` of the stream on."""

    segment: Segment
    offset: int
    data: bytes


def stream_size(folder: Path) -> int:
    """How many bytes the stream has had, dropped ones included."""
    for _ in range(_TRIES):
        finished = finished_or_none(folder)
        if finished:
            return finished.size
        segment = last_segment(folder)
        if segment is None:
            return 0
        try:
            return segment.offset + stored_bytes(folder, segment)
        except FileNotFoundError:
            continue
    raise _unreadable(folder)


def pieces(folder: Path, start: int, end: int) -> Iterator[Piece | Gap]:
    """What is stored from `start` up to `end`, one piece per segment; stops where the stream does."""
    while start < end:
        piece = _piece_at(folder, start, end)
        if piece is None:
            return
        if isinstance(piece, Gap):
            yield Gap(piece.start, min(piece.end, end))
            start = piece.end
        else:
            yield piece
            start += len(piece.data)


def _piece_at(folder: Path, start: int, end: int) -> Piece | Gap | None:
    suspected: Gap | None = None
    for _ in range(_TRIES):
        segments = all_segments(folder)
        index = bisect_right(segments, start, key=lambda segment: segment.offset)
        try:
            data = read_segment(folder, segments[index - 1], start, end) if index else b""
        except FileNotFoundError:
            continue
        if data:
            return Piece(segments[index - 1], start, data)
        if index == len(segments):
            return None
        gap = Gap(start, segments[index].offset)
        # A listing that runs while a segment is packed may miss both its names; the next listing can't.
        if gap == suspected:
            return gap
        suspected = gap
    raise _unreadable(folder)


def _unreadable(folder: Path) -> StorageFault:
    return StorageFault(f"The console {folder.parent.name}/{folder.name} changes faster than it can be read.")
