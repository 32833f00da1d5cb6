"""Durations as people write them: a number and a unit, such as "90s", "2m", "1.5h" or "500ms"."""

import re
from datetime import timedelta
from decimal import Decimal

MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
WRITTEN = re.compile(r"([0-9]{1,10}(?:\.[0-9]{1,9})?)(ms|s|m|h)")
HOW_TO_WRITE = 'a duration with a unit, such as "90s" or "2m"'


def parse_duration(text: str) -> timedelta:
    """The duration that `text` says, to the millisecond. Raises ValueError with the end of a sentence."""
    written = WRITTEN.fullmatch(text)
    if not written:
        raise ValueError(f"write {HOW_TO_WRITE}")
    milliseconds = Decimal(written[1]) * MILLISECONDS[written[2]]
    if milliseconds != int(milliseconds):
        raise ValueError("the finest step is 1ms")
    return timedelta(milliseconds=int(milliseconds))


def format_duration(duration: timedelta) -> str:
    """The shortest exact way to write it, in the largest unit that needs no fraction: 90s, 2m, 500ms."""
    milliseconds = duration // timedelta(milliseconds=1)
    unit = next(unit for unit in ("h", "m", "s", "ms") if milliseconds % MILLISECONDS[unit] == 0)
    return f"{milliseconds // MILLISECONDS[unit]}{unit}"


def suggested_duration(value: object) -> str:
    """What a bare number most likely meant: seconds. Empty when `value` isn't a bare number."""
    bare = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return f'"{bare}s"' if re.fullmatch(r"[1-9][0-9]{0,8}", bare) else ""
