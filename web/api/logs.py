"""A console over HTTP: raw bytes with ranges, lines as JSON, search, and the live stream."""

import re
from collections.abc import Iterator
from itertools import takewhile

from flask import Response, jsonify, request

from farm.consoles import Chunk, Gap, Line, Stream
from farm.errors import BadRequest, Unavailable
from web.current import farm
from web.live import line_json, live_response
from web.places import held

MAX_LINES = 5000
_RANGE = re.compile(r"([1-9][0-9]{0,12})(?:-([1-9][0-9]{0,12}))?")
PARAMETERS = ("follow", "from", "grep", "lines", "start", "tail")
_BYTES = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})?")


def log_response(kind: str, number: int, stream: str) -> Response:
    """Answer by what the query asks for."""
    console = farm().consoles.stream(f"{kind}-{number}", stream)
    if request.args.get("follow"):
        return live_response(kind, number, stream)
    for name, answer in (("lines", _lines), ("tail", _tail), ("grep", _grep)):
        if name in request.args:
            return answer(console, request.args[name])
    return _raw(console)


def number_asked(name: str, default: int) -> int:
    """A whole number of the query.

    Raises:
        BadRequest: it is something else.
    """
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(f'"{text[:40]}" is no number for ?{name}=.', next_step=f"Write ?{name}=100.")
    return int(text)


def _rows(rows: tuple[Line | Gap, ...], following: int | None) -> Response:
    items = [{"gap": [row.start, row.end]} if isinstance(row, Gap) else line_json(row) for row in rows]
    return jsonify(lines=items, next=following)


def _lines(console: Stream, wanted: str) -> Response:
    match = _RANGE.fullmatch(wanted)
    if match is None:
        raise BadRequest("Ask for lines as ?lines=10 or ?lines=10-40.")
    first, last = int(match[1]), int(match[2] or match[1])
    found = console.read_lines(first, min(max(0, last - first + 1), MAX_LINES))
    return _rows(found.rows, found.next_number if found.next_number <= last else None)


def _tail(console: Stream, wanted: str) -> Response:
    if not (wanted.isascii() and wanted.isdecimal()) or not 1 <= int(wanted) <= MAX_LINES:
        raise BadRequest(f"Ask for 1 to {MAX_LINES} lines: ?tail=200.")
    return _rows(console.tail_lines(int(wanted)).rows, None)


def _grep(console: Stream, wanted: str) -> Response:
    start = number_asked("start", 1)
    found = console.search(wanted, start, limit=200)
    return _rows(found.rows, found.next_line)


def _raw(console: Stream) -> Response:
    size = console.size()
    start, end = number_asked("from", 0), size
    asked = _BYTES.fullmatch(request.headers.get("Range", ""))
    if asked and asked[2] and int(asked[2]) < int(asked[1]):
        asked = None  # a range that ends before it begins is no range (RFC 9110 14.1.1)
    if asked:
        start = int(asked[1])
        end = min(int(asked[2]) + 1, size) if asked[2] else size
    gap = _gap(console, start, end)
    headers = {"Accept-Ranges": "bytes", "X-Console-Size": str(size), "Cache-Control": "no-store"}
    if gap:
        headers["X-Console-Gap"] = f"{gap.start}-{gap.end}"
    if asked:
        # A range has no hole: it ends where bytes were lost, and none begins there.
        end = gap.start if gap else end
        if start >= end:
            return Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        gap = None
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(max(0, end - start) - (gap.end - gap.start if gap else 0))
    # A browser must never take what a machine said for a page of ours.
    headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    body = _bytes(console, start, end, gap)
    return held(Response(body, 206 if asked else 200, headers, content_type="text/plain; charset=utf-8"))


def _pieces(console: Stream, start: int, end: int) -> Iterator[Chunk | Gap]:
    """What is kept from `start` up to `end`, in order; a gap is there in its place."""
    for piece in takewhile(lambda piece: _start(piece) < end, console.iter_from(start)):
        if isinstance(piece, Gap):
            yield Gap(piece.start, min(piece.end, end))
        else:
            yield Chunk(piece.offset, piece.data[: end - piece.offset])


def _start(piece: Chunk | Gap) -> int:
    return piece.start if isinstance(piece, Gap) else piece.offset


def _gap(console: Stream, start: int, end: int) -> Gap | None:
    """What the cap took of these bytes: one gap at most, between head and tail. It costs reading up to it."""
    return next((piece for piece in _pieces(console, start, end) if isinstance(piece, Gap)), None)


def _bytes(console: Stream, start: int, end: int, gap: Gap | None) -> Iterator[bytes]:
    """The kept bytes without a word of ours.

    Raises:
        Unavailable: the gap has grown since `gap` was announced. That breaks the link at a byte whose offset the
            reader knows, who resumes there.
    """
    for piece in _pieces(console, start, end):
        if isinstance(piece, Chunk):
            yield piece.data
        elif piece != gap:
            raise Unavailable("The console's gap grew while it was read.")
