"""Times that people type. Durations as in plans: `90s`, `5m`, `1.5h`; a bare number is seconds."""

import re
from datetime import UTC, datetime, timedelta

import click

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d|)")


class Duration(click.ParamType[float]):
    """Seconds from a typed duration."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read one, or refuse it as click does."""
        match = _FORM.fullmatch(str(value))
        if match is None:
            self.fail(f'"{value}" is no duration; write one such as 90s, 5m or 2h.', param, ctx)
        return float(match[1]) * _UNITS[match[2]]


class Moment(click.ParamType[datetime]):
    """A moment of RFC 3339, or how long ago, such as `30s`."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read one, or refuse it as click does."""
        if _FORM.fullmatch(str(value)):
            return datetime.now(UTC) - timedelta(seconds=Duration().convert(value, param, ctx))
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f'"{value}" is no time; write one such as 2026-11-23T06:00:00Z, or how long ago, as 30s.', param, ctx
            )
        return found if found.tzinfo else found.replace(tzinfo=UTC)
