"""The end of a call's time, from `--timeout`. One process is one call, so there is one."""

import time

import click

_KEY = "cli.deadline"


def begin(seconds: float | None) -> None:
    """From now on there is so much time, None for any."""
    if seconds is not None:
        click.get_current_context().meta[_KEY] = time.monotonic() + seconds


def remaining() -> float | None:
    """Seconds that are left, 0 when it is over; None when there is no end."""
    context = click.get_current_context(silent=True)
    end = context.meta.get(_KEY) if context else None
    return None if end is None else max(0.0, end - time.monotonic())


def is_over() -> bool:
    """Whether the time is up."""
    return remaining() == 0.0
