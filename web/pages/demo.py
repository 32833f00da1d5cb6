"""The banner of a farm whose history is made up: every page says so at its top."""

import time

from flask import current_app

from farm.demo import banner_or_none
from web.current import farm

_BANNER = "demo-banner"
_ASKED_AGAIN = 10.0  # seconds: a farm is seeded once, and every page asks


def demo_banner() -> str:
    """What the page says at its top; "" on a real farm. The mark is never taken off, so once seen it is kept."""
    asked_at, known = current_app.extensions.get(_BANNER, (-_ASKED_AGAIN, ""))
    if known or time.monotonic() - asked_at < _ASKED_AGAIN:
        return str(known)
    with farm().db.reading() as session:
        found = banner_or_none(session) or ""
    current_app.extensions[_BANNER] = (time.monotonic(), found)
    return found
