"""A live follower: asks again and again what is new, at the price of one `stat` while nothing is."""

import os
from pathlib import Path

from farm.consoles.errors import disk_faults
from farm.consoles.finish_record import finished_or_none
from farm.consoles.limits import Limits
from farm.consoles.pieces import Chunk, Gap, Piece, pieces, stream_size
from farm.consoles.segments import RAW, Segment

_POLL_BYTES = 1 << 20


class Follower:
    """Reads a stream from `offset` on as it grows. Holds no file and no lock; for one thread."""

    def __init__(self, folder: Path, offset: int, limits: Limits) -> None:
        """Begin at byte `offset`; the first poll touches the disk."""
        self.offset = offset
        self._folder = folder
        self._segment_bytes = limits.segment_bytes
        self._segment: Segment | None = None
        self._path = ""

    def poll(self) -> list[Chunk | Gap]:
        """What came since the last poll, at most 1 MiB; empty if nothing did. Raises StorageFault."""
        with disk_faults(self._folder):
            return [] if self._is_quiet() else self._read()

    @property
    def ended(self) -> bool:
        """Whether the stream is finished and wholly read."""
        with disk_faults(self._folder):
            finished = finished_or_none(self._folder)
        return finished is not None and self.offset >= finished.size

    def _is_quiet(self) -> bool:
        # A segment below its full size is the last one, so if it has not grown, nothing has.
        if self._segment is None:
            return False
        try:
            held = os.stat(self._path).st_size
        except FileNotFoundError:
            return False
        return held < self._segment_bytes and self._segment.offset + held == self.offset

    def _read(self) -> list[Chunk | Gap]:
        new: list[Chunk | Gap] = []
        end = min(stream_size(self._folder), self.offset + _POLL_BYTES)
        for piece in pieces(self._folder, self.offset, end):
            if isinstance(piece, Gap):
                new.append(piece)
                self.offset = piece.end
            else:
                new.append(Chunk(piece.offset, piece.data))
                self.offset = piece.offset + len(piece.data)
                self._remember(piece)
        return new

    def _remember(self, piece: Piece) -> None:
        if piece.segment.suffix == RAW and piece.segment != self._segment:
            self._segment = piece.segment
            self._path = str(self._folder / piece.segment.name)
