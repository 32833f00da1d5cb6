"""Figures as people read them: times, durations, sizes, digests. Filters of the templates."""

import shlex
from collections.abc import Callable
from datetime import UTC, datetime

from markupsafe import Markup

from farm.database import now

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def since(seconds: float) -> str:
    """How long ago, in one unit; `ago` in web/assets/times.ts says the same."""
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def ago(moment: datetime | None) -> Markup:
    """A `<time>` with the UTC instant, read relatively."""
    if moment is None:
        return Markup("never")
    words = since((now() - moment).total_seconds())
    iso = rfc3339(moment)
    # Figures only, so there is nothing to escape; a list has one in every row.
    return Markup(f'<time data-ago datetime="{iso}" title="{instant(moment)}">{words}</time>')


def rfc3339(moment: datetime) -> str:
    """The UTC instant for programs, such as the `datetime` of a `<time>` (HTML, valid global date and time string)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def instant(moment: datetime | None) -> str:
    """The UTC instant itself."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "never"


def lasted(moment: datetime | None) -> str:
    """How long something goes on that began then."""
    return duration((now() - moment).total_seconds()) if moment else ""


def duration(seconds: float | None) -> str:
    """`31.2 s`, `2 min 10 s`, `3 h 04 min`; nothing for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60):02} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02} min"


def microseconds(count: int) -> str:
    """`57.0 ms`, `812 us`, `1.24 s`."""
    if count < 1000:
        return f"{count} us"
    return f"{count / 1000:.1f} ms" if count < 1_000_000 else f"{count / 1_000_000:.2f} s"


def size(count: int) -> str:
    """Bytes with a binary unit."""
    for unit, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"


def count(number: int, word: str) -> str:
    """`1 boot`, `1,204 lines`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def files(text_by_path: dict[str, str]) -> str:
    """Files of a boot medium: `with tier.txt "pulley"`; long texts are cut."""
    shown = (f'{path} "{text[:20]}{"..." if len(text) > 20 else ""}"' for path, text in text_by_path.items())
    return f"with {', '.join(shown)}"


def short(digest: str | None) -> str:
    """The first ten characters of a digest or commit."""
    return (digest or "")[:10]


def is_hex(text: str) -> bool:
    """Whether these are only hex digits, and too many to read: a digest or a key's Name."""
    return len(text) > 20 and all(one in "0123456789abcdef" for one in text)


FILTERS: dict[str, Callable[..., object]] = {
    "ago": ago,
    "instant": instant,
    "rfc3339": rfc3339,
    "lasted": lasted,
    "duration": duration,
    "microseconds": microseconds,
    "size": size,
    "count": count,
    "files": files,
    "short": short,
    "is_hex": is_hex,
    "shell": shlex.quote,
}
