"""Search in what readers see (escapes stripped), one segment at a time, with a bound on the work of one call."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from farm.consoles.escapes import shown
from farm.consoles.fragments import begin_of_line, cut
from farm.consoles.limits import SEARCH_BYTES
from farm.consoles.lines import Line, as_line, read_lines
from farm.consoles.pieces import Gap, Piece, pieces, stream_size
from farm.consoles.segments import Segment
from farm.consoles.times import Arrivals
from farm.errors import BadRequest

_MAX_TEXT = 1000
# How far into the next segment a line is followed that goes on there, so that no match is lost at the border. An
# escape sequence or `\xff` notation may stand between any two characters of the text.
_OVERLAP_BYTES = 16 << 10


@dataclass(frozen=True)
class Found:
    """Matching lines in order, with the gaps passed. `next_line`: search on from there; None when all was searched."""

    rows: tuple[Line | Gap, ...]
    next_line: int | None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows without the gaps."""
        return tuple(row for row in self.rows if isinstance(row, Line))


def search(folder: Path, text: str, start_line: int, limit: int) -> Found:
    """Lines from `start_line` on that hold `text`. See `Stream.search`."""
    if not 0 < len(text) <= _MAX_TEXT or "\n" in text or "\r" in text:
        raise BadRequest(f"A console search takes 1 to {_MAX_TEXT} characters of one line.")
    if start_line < 1 or limit < 1:
        raise BadRequest("A console search begins at line 1 or later and takes a limit of at least 1.")
    size = stream_size(folder)
    rows: list[Line | Gap] = []
    found, read, last = 0, 0, start_line - 1
    for piece in pieces(folder, begin_of_line(folder, start_line), size):
        if isinstance(piece, Gap):
            rows.append(piece)
            continue
        # Only where a later line begins is there something to go on from.
        if read >= SEARCH_BYTES and piece.segment.line > max(start_line, last):
            return Found(tuple(rows), piece.segment.line)
        for line in _matches(folder, piece, text, last + 1, size):
            rows.append(line)
            found, last = found + 1, line.number
            if found == limit:
                return Found(tuple(rows), last + 1)
        read += len(piece.data)
    return Found(tuple(rows), None)


def _matches(folder: Path, piece: Piece, text: str, first: int, size: int) -> Iterator[Line]:
    data = piece.data + _rest_of_line(folder, piece, size)
    wanted = {number for number in _matching_numbers(piece.segment, data, text) if number >= first}
    if not wanted:
        return
    for fragment in cut(piece, min(wanted), Arrivals(folder, piece.segment)):
        if fragment.number not in wanted:
            continue
        if fragment.whole and fragment.ended:
            yield as_line(fragment)
        else:
            yield from read_lines(folder, fragment.number, 1).lines


def _rest_of_line(folder: Path, piece: Piece, size: int) -> bytes:
    if piece.data.endswith((b"\r", b"\n")):
        return b""
    end = piece.offset + len(piece.data)
    for more in pieces(folder, end, min(size, end + _OVERLAP_BYTES)):
        if not isinstance(more, Gap):
            return more.data.splitlines()[0]
        break
    return b""


def _matching_numbers(segment: Segment, data: bytes, text: str) -> Iterator[int]:
    # Line ends are made alike first: stripping an escape between a CR and an LF would make one end of two.
    said = shown(b"\n".join(data.splitlines()))
    number, counted = segment.line, 0
    at = said.find(text)
    while at >= 0:
        number += said.count("\n", counted, at)
        yield number
        counted = said.find("\n", at)
        if counted < 0:
            return
        at = said.find(text, counted + 1)
