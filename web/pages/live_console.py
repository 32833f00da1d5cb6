"""The console at the end of a boot's or build's own page: what was said last, and where the live stream goes on."""

from dataclasses import dataclass

from farm.consoles import Line, Stream
from web.hits import Hit, Markers
from web.pages.console_rows import Row, rows, time_mode

TAIL_LINES = 300


@dataclass(frozen=True)
class LiveConsole:
    """What the template of a console needs. `start` is the byte from which the stream goes on."""

    name: str
    page: str
    api: str
    rows: list[Row]
    lines: int
    size: int
    start: int
    last_ms: int | None
    mode: str
    live: bool


def live_console(
    stream: Stream, job_url: str, name: str, *, live: bool, hits: dict[int, Hit], markers: Markers | None = None
) -> LiveConsole:
    """The tail of a stream, with lines marked by number, or by what a running boot looks for."""
    size, mode = stream.size(), time_mode()
    found = stream.tail_lines(TAIL_LINES + 1).rows
    before = found[0].arrived_ms if len(found) > TAIL_LINES and isinstance(found[0], Line) else None
    shown = found[1:] if len(found) > TAIL_LINES else found
    last = shown[-1] if shown else None
    unended = isinstance(last, Line) and not last.ended
    return LiveConsole(
        name=name,
        page=f"{job_url}/log/{name}",
        api=f"/api/v1{job_url}/log/{name}",
        rows=rows(shown, mode, {**(markers.hits(shown) if markers else {}), **hits}, before),
        lines=stream.line_count(),
        size=size,
        # An unfinished last line comes again, whole, under its number.
        start=last.offset if isinstance(last, Line) and unended else _end(last, size),
        last_ms=last.arrived_ms if isinstance(last, Line) else None,
        mode=mode,
        live=live,
    )


def _end(last: object, size: int) -> int:
    """After the last line that is shown, which may be before `size` if more came meanwhile."""
    return last.offset + last.length if isinstance(last, Line) else size
