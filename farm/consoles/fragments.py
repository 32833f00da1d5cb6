"""Lines as raw bytes: cut out of segments, and joined where a line goes on in the next one."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from farm.consoles.limits import MAX_LINE_BYTES
from farm.consoles.pieces import Gap, Piece, pieces
from farm.consoles.segments import FIRST, all_segments
from farm.consoles.times import Arrivals


class Fragment(NamedTuple):
    """A line, or what one segment holds of it. `head`: its first kept bytes; the others are stream offsets.

    `start` is where the line begins; `offset` where `head` does, later only when a gap or a border cut the line.
    `ended`: its line end is there. `whole`: it was not cut.
    """

    number: int
    start: int
    offset: int
    end: int
    head: bytes
    ended: bool
    whole: bool
    arrived_ms: int | None


def begin_of_line(folder: Path, number: int) -> int:
    """The offset of the last segment that begins at or before line `number` does."""
    segments = all_segments(folder) or [FIRST]
    index = bisect_left(segments, (number, 1), key=lambda segment: (segment.line, segment.before))
    return segments[max(index - 1, 0)].offset


def lines_from(folder: Path, number: int, size: int) -> Iterator[Fragment | Gap]:
    """The lines from `number` on, up to byte `size`, and the gaps between them; joined over segments."""
    held: Fragment | None = None
    for item in _cut_lines(folder, number, size):
        if isinstance(item, Fragment) and held and held.number == item.number:
            held = _joined(held, item)
        else:
            if held:
                yield held._replace(whole=held.whole and not isinstance(item, Gap))
            held = item if isinstance(item, Fragment) else None
            if isinstance(item, Gap):
                yield item
        if held and held.ended:
            yield held
            held = None
    if held:
        yield held


def _joined(line: Fragment, more: Fragment) -> Fragment:
    # One byte more than is shown, so that the reader sees that there is more.
    room = max(0, MAX_LINE_BYTES + 1 - len(line.head))
    return line._replace(end=more.end, ended=more.ended, head=line.head + more.head[:room])


def _cut_lines(folder: Path, number: int, size: int) -> Iterator[Fragment | Gap]:
    for piece in pieces(folder, begin_of_line(folder, number), size):
        if isinstance(piece, Gap):
            yield piece
        else:
            yield from cut(piece, number, Arrivals(folder, piece.segment))


def cut(piece: Piece, number: int, arrivals: Arrivals) -> Iterator[Fragment]:
    """The lines of a whole segment from line `number` on."""
    segment = piece.segment
    lines = piece.data.splitlines(keepends=True)
    skipped = min(max(0, number - segment.line), len(lines))
    begin = segment.offset + sum(map(len, lines[:skipped]))
    ends = accumulate(map(len, lines[skipped:]), initial=begin)
    for index, line in enumerate(lines[skipped:], start=skipped):
        offset = next(ends)
        start = offset - (segment.before if index == 0 else 0)
        ended = line.endswith((b"\n", b"\r"))
        yield Fragment(
            number=segment.line + index,
            start=start,
            offset=offset,
            end=offset + len(line),
            head=line,
            ended=ended,
            whole=start == offset,
            arrived_ms=arrivals.at(offset),
        )
