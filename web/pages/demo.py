"""The banner of a farm whose history is made up: every page says so at its top."""

from flask import current_app

from farm.demo import banner_or_none
from web.current import farm

_BANNER = "demo-banner"


def demo_banner() -> str:
    """What the page says at its top; "" on a real farm. The mark is never taken off, so once seen it is kept."""
    known: str = current_app.extensions.get(_BANNER, "")
    if known:
        return known
    with farm().db.reading() as session:
        found = banner_or_none(session) or ""
    if found:
        current_app.extensions[_BANNER] = found
    return found
