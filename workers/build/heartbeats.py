"""Signs of life while a build runs, and the farm's wish that comes back with them."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import structlog

from farm.wire import HeartbeatAnswer, Step
from workers.build.faults import Cancelled
from workers.farm_client import FarmRefused, FarmUnreachable, LeaseLost

log = structlog.get_logger()


class Alive(Protocol):
    """The part of a JobClient that this needs."""

    def heartbeat(self, steps: list[Step]) -> HeartbeatAnswer:
        """See JobClient."""


class Heartbeats:
    """A context manager; inside it a thread beats every `seconds`."""

    def __init__(self, client: Alive, steps: Callable[[], list[Step]], seconds: float) -> None:
        """`steps` gives all steps so far."""
        self._client, self._steps, self._seconds = client, steps, seconds
        self._ended = threading.Event()
        self._wish: type[Cancelled] | type[LeaseLost] | None = None
        self._thread = threading.Thread(target=self._run, name="build-heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeats":
        """Beat at once and then regularly."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """No beat is sent after this."""
        self._ended.set()
        self._thread.join(5)

    def check(self) -> None:
        """Raise Cancelled or LeaseLost once the farm said so."""
        if self._wish is not None:
            raise self._wish("the farm said so with a heartbeat")

    def _run(self) -> None:
        while not self._ended.is_set() and self._wish is not LeaseLost:
            try:
                if self._client.heartbeat(self._steps()).answer == "cancel" and self._wish is None:
                    self._wish = Cancelled
            except LeaseLost:
                self._wish = LeaseLost
            except (FarmUnreachable, FarmRefused) as error:
                # The farm decides when a lease is over, not its absence: go on, it may be back in time.
                log.warning("heartbeat not delivered", error=str(error))
            self._ended.wait(self._seconds)
