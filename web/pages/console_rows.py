"""Console lines as templates show them: with a time in the chosen mode."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import request

from farm.consoles import Gap, Line
from web.hits import Hit

MODES = ("none", "delta", "wall")


@dataclass(frozen=True)
class Row:
    """A line, or a gap when `gap` is not 0 (its bytes)."""

    number: int = 0
    offset: int = 0
    length: int = 0
    text: str = ""
    time: str = ""
    truncated: bool = False
    gap: int = 0
    hit: Hit | None = None


def time_mode() -> str:
    """How times are shown: `?time=`, else the difference to the line before."""
    asked = request.args.get("time", "")
    return asked if asked in MODES else "delta"


def rows(
    found: Sequence[Line | Gap], mode: str, hits: dict[int, Hit] | None = None, before: int | None = None
) -> list[Row]:
    """Lines for a template; `before` is when the line before the first one came (unix ms)."""
    shown, last = [], before
    for item in found:
        if isinstance(item, Gap):
            shown.append(Row(gap=item.end - item.start))
            continue
        shown.append(
            Row(
                number=item.number,
                offset=item.offset,
                length=item.length,
                text=item.text,
                time=_time(item.arrived_ms, last, mode),
                truncated=item.truncated,
                hit=(hits or {}).get(item.number),
            )
        )
        last = item.arrived_ms if item.arrived_ms is not None else last
    return shown


def _time(ms: int | None, before: int | None, mode: str) -> str:
    if ms is None or mode == "none":
        return ""
    if mode == "wall":
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S}.{ms % 1000:03}"
    return f"+{(ms - before) / 1000 if before is not None else 0:.3f}"
