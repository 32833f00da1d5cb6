"""Lines as readers see them: numbered from 1, as text, with their place in the raw bytes."""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from farm.consoles.escapes import shown
from farm.consoles.fragments import Fragment, lines_from
from farm.consoles.limits import MAX_LINE_BYTES
from farm.consoles.line_ends import count_line_ends, last_line_of
from farm.consoles.pieces import Gap, Piece, pieces, stream_size
from farm.consoles.segments import all_segments
from farm.errors import BadRequest, NotFound


@dataclass(frozen=True)
class Line:
    """One line of a console.

    `offset` is the byte at which it begins and `length` its raw bytes with line end and escapes. `text` has neither,
    and holds at most the first `MAX_LINE_BYTES` of it; `truncated` says that there is more, or that a gap cut the
    line (such a line may come twice under one number, once on each side of the gap). `arrived_ms` is when its first
    byte came to the farm (unix ms). `ended` is false for a last line that may still grow.
    """

    number: int
    offset: int
    length: int
    text: str
    truncated: bool
    ended: bool
    arrived_ms: int | None


@dataclass(frozen=True)
class Lines:
    """What a reader asked for, in order, with the gaps where they are. `next_number` is the line to ask for next."""

    rows: tuple[Line | Gap, ...]
    next_number: int

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows without the gaps."""
        return tuple(row for row in self.rows if isinstance(row, Line))


def read_lines(folder: Path, first: int, count: int) -> Lines:
    """Up to `count` lines from `first` on. See `Stream.read_lines`."""
    if first < 1:
        raise BadRequest(f"Console lines are numbered from 1; {first} is not one.")
    rows: list[Line | Gap] = []
    found, next_number = 0, first
    for item in lines_from(folder, first, stream_size(folder)) if count > 0 else ():
        rows.append(item if isinstance(item, Gap) else as_line(item))
        if isinstance(item, Fragment):
            found, next_number = found + 1, item.number + 1
        if found == count:
            break
    return Lines(tuple(rows), next_number)


def as_line(fragment: Fragment) -> Line:
    """The line as readers see it."""
    raw = fragment.head.rstrip(b"\r\n")
    too_long = len(raw) > MAX_LINE_BYTES
    return Line(
        number=fragment.number,
        offset=fragment.start,
        length=fragment.end - fragment.start,
        text=shown(raw[:MAX_LINE_BYTES], cut=too_long),
        truncated=too_long or not fragment.whole,
        ended=fragment.ended,
        arrived_ms=fragment.arrived_ms,
    )


def line_count(folder: Path, size: int) -> int:
    """How many lines have begun in the first `size` bytes, which are all that the stream has."""
    number = 0
    for segment in all_segments(folder)[-1:]:
        number = last_line_of(segment, b"")  # Right as it stands if a crash left the segment empty.
        for piece in pieces(folder, segment.offset, size):
            if not isinstance(piece, Gap):
                number = last_line_of(piece.segment, piece.data)
    return number


def line_at(folder: Path, offset: int) -> int:
    """The number of the line that holds byte `offset`. See `Stream.line_at`."""
    size = stream_size(folder)
    if not 0 <= offset <= size:
        raise NotFound(f"The console has {size} bytes, and there is no byte {offset}.")
    if offset == size:
        return max(1, line_count(folder, size))
    segments = all_segments(folder)
    begin = segments[max(0, bisect_right(segments, offset, key=lambda segment: segment.offset) - 1)].offset
    for piece in pieces(folder, begin, size):
        if not isinstance(piece, Gap) and offset < piece.offset + len(piece.data):
            return _line_in(piece, offset)
    raise NotFound(f"The console ends before byte {offset}.")


def _line_in(piece: Piece, offset: int) -> int:
    inside = max(0, offset - piece.offset)
    between_cr_and_lf = piece.data[max(0, inside - 1) : inside + 1] == b"\r\n"
    return piece.segment.line + count_line_ends(piece.data[:inside]) - between_cr_and_lf
