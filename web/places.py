"""Answers that last as long as their reader likes: live streams and downloads.

Each holds a thread of gunicorn's, so of a process's threads a quarter stays free for pages and short calls.
"""

import threading

from flask import Response, current_app

from farm.errors import Unavailable

PLACES = "places"


class Places:
    """How many such answers one process gives at once."""

    def __init__(self, threads: int) -> None:
        """For a process with so many threads."""
        self.free = max(1, threads * 3 // 4)
        self._lock = threading.Lock()

    def hold(self, response: Response) -> Response:
        """Take a place until this answer is closed.

        Raises:
            Unavailable: none is free.
        """
        with self._lock:
            if not self.free:
                response.close()
                raise Unavailable(
                    "Too many live streams and downloads are open.",
                    next_step="Try again in a moment; a page works without, reload it to look.",
                )
            self.free -= 1
        taken = [1]

        def give_back() -> None:
            with self._lock:  # once, however often it is closed
                self.free += taken.pop() if taken else 0

        response.call_on_close(give_back)
        return response


def held(response: Response) -> Response:
    """The answer, which holds a place of this application until it is closed.

    Raises:
        Unavailable: none is free.
    """
    # Bytes that are handed to the server as a file are never closed by Flask.
    response.direct_passthrough = False
    places: Places = current_app.extensions[PLACES]
    return places.hold(response)
