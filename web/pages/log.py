"""A whole console or build log, in pages of 500 lines that work without a script: lines, ranges, search, times."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from farm import artifacts, boots, builds
from farm.consoles import Line, Stream
from farm.ids import parse_id
from web.current import farm
from web.hits import Hit, case_hits, error_hit
from web.models import BootDetail, BuildOut
from web.pages.answers import page
from web.pages.console_rows import rows, time_mode

blueprint = Blueprint("log", __name__)
PAGE_LINES = 500


@dataclass(frozen=True)
class Jump:
    """A line worth going to."""

    words: str
    line: int


@blueprint.get("/<any(boots, builds):kind>/<job>/log/<stream>")
def log(kind: str, job: str, stream: str) -> Response:
    """The page that holds `?line=`, or what `?q=` finds."""
    word = kind.removesuffix("s")
    number = parse_id(job, word)
    with farm().db.reading() as session:
        shown, hits, jumps = (_of_boot if word == "boot" else _of_build)(session, number)
    console = farm().consoles.stream(shown.id, stream)
    lines = console.line_count()
    first = _first_line(lines)
    asked = request.args.get("q", "")
    return page(
        "log.html",
        job=shown,
        stream=stream,
        streams=sorted({*farm().consoles.streams(shown.id), stream}),
        lines=lines,
        size=console.size(),
        first=first,
        last=min(lines, first + PAGE_LINES - 1),
        page_lines=PAGE_LINES,
        mode=time_mode(),
        jumps=jumps if stream in ("serial", "build") else [],
        found=console.search(asked, _number("from") or 1) if asked else None,
        q=asked,
        rows=_rows(console, first, hits if stream in ("serial", "build") else {}) if not asked else [],
        here=here,
    )


def here(**changes: object) -> str:
    """This page's URL with other arguments."""
    kept = {"time": request.args.get("time", ""), "q": request.args.get("q", ""), "line": request.args.get("line", "")}
    arguments = {key: value for key, value in {**kept, **changes}.items() if value}
    return f"{request.path}?{urlencode(arguments)}" if arguments else request.path


def _rows(console: Stream, first: int, hits: dict[int, Hit]) -> list[object]:
    """One page; the line before it is read too, for the first time difference."""
    found = list(console.read_lines(max(1, first - 1), PAGE_LINES + (first > 1)).rows)
    before = None
    if first > 1 and found and isinstance(found[0], Line) and found[0].number < first:
        before = found.pop(0).arrived_ms  # type: ignore[union-attr]
    return list(rows(found, time_mode(), {**hits, **_asked_for(hits)}, before))


def _asked_for(hits: dict[int, Hit]) -> dict[int, Hit]:
    """`?line=` and `?to=`, marked for browsers without script."""
    first = _number("line")
    last = min(_number("to") or first, first + PAGE_LINES)
    return {number: Hit("marked", "") for number in range(first, last + 1) if first and number not in hits}


def _first_line(lines: int) -> int:
    asked = min(_number("line") or 1, max(1, lines))
    return (asked - 1) // PAGE_LINES * PAGE_LINES + 1


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _of_boot(session: Session, number: int) -> tuple[BootDetail | BuildOut, dict[int, Hit], list[Jump]]:
    detail = BootDetail.load(session, farm().consoles, boots.boot(session, number))
    met = sorted((case.line, case.text) for case in detail.cases if case.kind == "forbid" and case.met and case.line)
    jumps = [Jump(f"first forbidden line: {text}", line) for line, text in met[:1]]
    missing = next((case for case in detail.cases if case.kind == "expect" and not case.met), None)
    if missing and detail.verdict is not None:
        end = farm().consoles.stream(detail.id, "serial").line_count()
        jumps.append(Jump(f"never came: {missing.text}; the end", end))
    return detail, case_hits(detail.cases), jumps


def _of_build(session: Session, number: int) -> tuple[BootDetail | BuildOut, dict[int, Hit], list[Jump]]:
    found = builds.build(session, number)
    shown = BuildOut.of(found, artifacts.of_build(session, number))
    jumps = [Jump("first error", shown.error_line)] if shown.error_line else []
    return shown, error_hit(shown.error_line), jumps
