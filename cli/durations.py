"""Durations that people type, as in plans: `90s`, `5m`, `1.5h`; a bare number is seconds."""

import re

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
