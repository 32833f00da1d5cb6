"""Which names belong to jobs of this process that are under way, so that its own cleaning keeps off them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Holds:
    """A set of names, each held while a job is inside; threads may share it."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._held: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """While inside, `name` is its caller's own to end."""
        with self._lock:
            self._held.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(name)

    def __contains__(self, name: str) -> bool:
        """Whether a job of this process is under way under this name."""
        with self._lock:
            return name in self._held
