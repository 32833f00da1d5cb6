"""Answers that last: live streams and downloads, as long as their reader likes, and dry runs, as long as they compute.

Each holds a thread of gunicorn's, so of a process's threads a quarter stays free for pages and short calls.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Response, current_app

from farm.errors import Unavailable

PLACES = "places"


class Places:
    """How many such answers one process gives at once."""

    def __init__(self, threads: int) -> None:
        """For a process with so many threads."""
        self.free = max(1, threads * 3 // 4)
        self._lock = threading.Lock()

    def take(self) -> Callable[[], None]:
        """Take a place; what comes back gives it back, once, however often it is called.

        Raises:
            Unavailable: none is free.
        """
        with self._lock:
            if not self.free:
                raise Unavailable(
                    "Too many live streams, downloads and dry runs are under way.",
                    next_step="Try again in a moment; other pages work without.",
                )
            self.free -= 1
        taken = [1]

        def give_back() -> None:
            with self._lock:
                self.free += taken.pop() if taken else 0

        return give_back


def held(response: Response) -> Response:
    """The answer, which holds a place of this application until it is closed.

    Raises:
        Unavailable: none is free.
    """
    # Bytes that are handed to the server as a file are never closed by Flask.
    response.direct_passthrough = False
    try:
        response.call_on_close(_places().take())
    except Unavailable:
        response.close()
        raise
    return response


@contextmanager
def place() -> Iterator[None]:
    """A place of this application while something long is computed.

    Raises:
        Unavailable: none is free.
    """
    give_back = _places().take()
    try:
        yield
    finally:
        give_back()


def _places() -> Places:
    found: Places = current_app.extensions[PLACES]
    return found
