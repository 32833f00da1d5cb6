"""Words and numbers as people read them in a terminal."""

import time
from datetime import UTC, datetime


def clean(text: str) -> str:
    """Text that can't move a terminal's cursor: what a commit's author or a machine wrote is not ours."""
    spaced = text.replace("\t", " ")
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in spaced)


def cell(value: object) -> str:
    """A value in a row: no tab or line end, "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(cell(one) for one in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return " ".join(clean(str(value)).split())


def seconds(value: float | None) -> str:
    """A duration such as `3.2 s`, "" when there is none."""
    return "" if value is None else f"{value:.1f} s"


def clock(milliseconds: int | None) -> str:
    """When a console line came, local time of the day."""
    if milliseconds is None:
        return "--:--:--.---"
    whole, rest = divmod(milliseconds, 1000)
    return f"{time.strftime('%H:%M:%S', time.localtime(whole))}.{rest:03d}"


def since(started: float) -> str:
    """Time since a moment of the monotonic clock."""
    return seconds(time.monotonic() - started)


def count(number: int, noun: str) -> str:
    """`1 boot`, `2 boots`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
