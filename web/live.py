"""Server-sent events of one boot or build: its console as it grows, and its state as it changes.

A stream holds a thread for as long as its page is open (`web.places`). It resumes at a byte offset, from any web
process: it reads files and SQL, no memory.
"""

import json
import re
import time
from collections.abc import Iterator

from flask import Response, request

from farm import artifacts, boots, builds
from farm.consoles import Chunk, Gap, Line
from farm.farm import Farm
from web.current import farm
from web.hits import Markers
from web.models import BootDetail, BuildOut
from web.places import held

POLL_SECONDS = 0.08  # the console: people see 200 ms
STATE_SECONDS = 0.4  # the row in SQL
HEARTBEAT_SECONDS = 15.0
MAX_SECONDS = 600.0  # then the client resumes, perhaps at another process
_BACKLOG_LINES = 2000  # more than this from the past is for the log page
_OFFSET = re.compile(r"[0-9]{1,18}")


def live_response(kind: str, number: int, stream: str) -> Response:
    """An event stream from `Last-Event-ID` or `?from=` on.

    Raises:
        Unavailable: as many streams and downloads are open as this process takes.
    """
    last = request.headers.get("Last-Event-ID") or request.args.get("from", "0")
    offset = int(last) if _OFFSET.fullmatch(last) else 0
    events = _Live(farm(), kind, number, stream, offset)
    response = Response(events.run(), content_type="text/event-stream")
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return held(response)


class _Live:
    """One open stream."""

    def __init__(self, opened: Farm, kind: str, number: int, stream: str, offset: int) -> None:
        self._farm = opened
        self._kind = kind
        self._number = number
        self._console = opened.consoles.stream(f"{kind}-{number}", stream)
        self._stream = stream
        self._offset = offset
        self._state = ""
        self._markers = Markers()

    def run(self) -> Iterator[str]:
        """Events until the job has ended, the client is gone, or it is time to resume elsewhere."""
        yield "retry: 1000\n\n"
        follower = self._console.follow(self._offset)
        began = next_state = time.monotonic()
        quiet_since, finished = began, False
        while time.monotonic() - began < MAX_SECONDS:
            if time.monotonic() >= next_state:
                changed, finished = self._state_event()
                next_state = time.monotonic() + STATE_SECONDS
                if changed:
                    quiet_since = time.monotonic()
                    yield changed
            new = follower.poll()
            if new:
                quiet_since = time.monotonic()
                yield from (self._console_event(piece) for piece in new)
                continue
            if finished:
                yield "event: end\ndata: {}\n\n"
                return
            if time.monotonic() - quiet_since > HEARTBEAT_SECONDS:
                quiet_since = time.monotonic()
                yield ": still here\n\n"
            time.sleep(POLL_SECONDS)

    def _state_event(self) -> tuple[str, bool]:
        with self._farm.db.reading() as session:
            if self._kind == "boot":
                found = boots.boot(session, self._number)
                if self._stream == "serial" and found.verdict is None:
                    self._markers = Markers.of(found)  # and kept for the last lines, which may come after the verdict
                boot = BootDetail.load(session, self._farm.consoles, found)
                text, finished = boot.model_dump_json(exclude={"console_bytes"}), boot.verdict is not None
            else:
                build = builds.build(session, self._number)
                shown = BuildOut.of(build, artifacts.of_build(session, build.id))
                text, finished = shown.model_dump_json(), shown.verdict is not None
        if text == self._state:
            return "", finished
        self._state = text
        return f"event: state\ndata: {text}\n\n", finished

    def _console_event(self, piece: Chunk | Gap) -> str:
        """The lines that a piece touches, the first perhaps seen before and grown; `id` is the offset after it."""
        if isinstance(piece, Gap):
            return _event(piece.end, [], [piece.start, piece.end])
        first, last = self._console.line_at(piece.offset), self._console.line_at(piece.end - 1)
        count = min(last - first + 1, _BACKLOG_LINES)
        found = self._console.read_lines(last - count + 1, count)
        return _event(piece.end, [self._line(line) for line in found.lines], None)

    def _line(self, line: Line) -> dict[str, object]:
        hit = self._markers.hit(line.text)
        return line_json(line) | ({"hit": hit.json} if hit else {})


def line_json(line: Line) -> dict[str, object]:
    """A line as pages and programs get it."""
    return {
        "n": line.number,
        "offset": line.offset,
        "text": line.text,
        "t": line.arrived_ms,
        "partial": not line.ended,
        **({"truncated": True, "length": line.length} if line.truncated else {}),
    }


def _event(offset: int, lines: list[dict[str, object]], gap: list[int] | None) -> str:
    return f"event: console\nid: {offset}\ndata: {json.dumps({'lines': lines, 'gap': gap})}\n\n"
