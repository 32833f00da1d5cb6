"""One console stream: what may be asked of it."""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from farm.consoles.append import append
from farm.consoles.errors import disk_faults
from farm.consoles.finish import finish
from farm.consoles.finish_record import Finished, finished_or_none
from farm.consoles.follow import Follower
from farm.consoles.limits import Limits
from farm.consoles.lines import Lines, line_at, line_count, read_lines
from farm.consoles.lock import locked
from farm.consoles.pieces import Chunk, Gap, pieces, stream_size
from farm.consoles.redact import redact
from farm.consoles.search import Found, search
from farm.consoles.times import arrival_ms

GONE = ".gone-"
"""How the folder of a deleted stream begins until its files are gone."""


class Stream:
    """The bytes of one console. Making one touches no file; a stream that has not begun reads as empty.

    Offsets are raw bytes from 0, lines count from 1. Every method raises StorageFault when the disk fails.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        """`folder` is `<owner>/<stream>` below the store's root."""
        self._folder = folder
        self._limits = limits

    def append(self, offset: int, data: bytes, now: datetime) -> int:
        """Append what of `data` lies beyond the size, and give the new size; what lies below it is skipped.

        `data` begins at byte `offset` of the stream; `now`, with a time zone, is when it arrived.

        Raises:
            OffsetAhead: `offset` is beyond the size; send again from `.expected`.
            StreamFinished: the stream has ended and `data` would make it longer.
            TooLarge: `data` has more than `MAX_APPEND_BYTES`.
            BadRequest: a negative offset.
            StorageFault: the disk is full or broken; what was stored, and maybe a first part of `data`, is kept.
        """
        return append(self._folder, offset, data, int(now.timestamp() * 1000), self._limits)

    def size(self) -> int:
        """How many bytes the machine said, those dropped in a flood included."""
        with disk_faults(self._folder):
            return stream_size(self._folder)

    def line_count(self) -> int:
        """How many lines have begun, those dropped in a flood included."""
        with disk_faults(self._folder):
            finished = finished_or_none(self._folder)
            return finished.lines if finished else line_count(self._folder, stream_size(self._folder))

    def finished(self) -> Finished | None:
        """The record of the end, or None while the stream may grow."""
        with disk_faults(self._folder):
            return finished_or_none(self._folder)

    def read_bytes(self, start: int, end: int) -> list[Chunk | Gap]:
        """The raw bytes from `start` up to `end` or the size, in order, gaps in their places. All in memory."""
        with disk_faults(self._folder):
            end = min(end, stream_size(self._folder))
            return [
                piece if isinstance(piece, Gap) else Chunk(piece.offset, piece.data)
                for piece in pieces(self._folder, max(0, start), end)
            ]

    def iter_from(self, offset: int) -> Iterator[Chunk | Gap]:
        """What there is now from `offset` on, one segment (about 1 MiB) at a time: for downloads."""
        with disk_faults(self._folder):
            for piece in pieces(self._folder, max(0, offset), stream_size(self._folder)):
                yield piece if isinstance(piece, Gap) else Chunk(piece.offset, piece.data)

    def follow(self, offset: int) -> Follower:
        """A reader that starts at `offset` and is asked again and again for what is new."""
        return Follower(self._folder, offset, self._limits)

    def read_lines(self, first: int, count: int) -> Lines:
        """Up to `count` lines from number `first` on, with the gaps passed; none beyond the last.

        Raises BadRequest if `first` is below 1.
        """
        with disk_faults(self._folder):
            return read_lines(self._folder, first, count)

    def tail_lines(self, count: int) -> Lines:
        """The last `count` lines; fewer, after a gap, when the flood took some of them."""
        return self.read_lines(max(1, self.line_count() - count + 1), count)

    def line_at(self, offset: int) -> int:
        """The number of the line that holds byte `offset`; of the last line if `offset` is the size.

        For a byte in a gap: the line with which the console goes on after it. Raises NotFound beyond the size.
        """
        with disk_faults(self._folder):
            return line_at(self._folder, offset)

    def time_at(self, offset: int) -> int | None:
        """When the byte at `offset` arrived (unix ms); None for a byte that is not there or whose time was lost."""
        with disk_faults(self._folder):
            return arrival_ms(self._folder, offset)

    def search(self, text: str, start_line: int = 1, limit: int = 100) -> Found:
        """Up to `limit` lines from `start_line` on whose shown text holds `text` (case counts), with the gaps passed.

        The whole of a long line is searched, not only what is shown of it. One call reads about `SEARCH_BYTES`; the
        `next_line` of the answer goes on from there. Raises BadRequest for no text, a line end in it, or above 1000
        characters.
        """
        with disk_faults(self._folder):
            return search(self._folder, text, start_line, limit)

    def finish(self) -> Finished:
        """End the stream: no byte is added from now on. Packs it; safe to repeat, also after a kill at any line."""
        return finish(self._folder)

    def redact(self, spans: Sequence[tuple[int, int]], note: bytes) -> None:
        """Write over the bytes of each span (start and end offset) of a finished stream: `note`, then dots.

        Line ends stay, so offsets, lines and times of all bytes hold. Safe to repeat, also after a kill at any line.
        Raises Conflict while the stream may grow.
        """
        redact(self._folder, spans, note)

    def delete(self) -> None:
        """Remove the stream and its files; nothing happens if there is none. It could begin anew."""
        with disk_faults(self._folder):
            if self._folder.exists():
                with locked(self._folder):
                    # Renamed first, so that no reader sees half a stream.
                    gone = f"{GONE}{self._folder.name}-{secrets.token_hex(4)}"
                    os.rename(self._folder, self._folder.with_name(gone))
            for gone_folder in self._folder.parent.glob(f"{GONE}{self._folder.name}-*"):
                shutil.rmtree(gone_folder, ignore_errors=True)
