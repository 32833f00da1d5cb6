"""Tells the farm that a boot or build goes on, from a thread, and hears whether it should."""

import threading
import time

import structlog

from workers.farm_client import FarmRefused, FarmUnreachable, JobClient, LeaseLost
from workers.steps import Steps

# A changed step is told soon, but changes that come together are told together, and a short job's only at its end.
_GATHER_SECONDS = 0.2
# Leaving waits this long for a heartbeat under way; a later answer to it changes nothing.
_JOIN_SECONDS = 1.0

log = structlog.get_logger()


class Cancelled(Exception):
    """The farm wants this job to end."""


class Heartbeats:
    """A context manager that beats every `every` seconds and whenever a step changes.

    `lease_seconds` is how long the farm leaves the lease alone without a heartbeat. This clock runs here, so that a
    machine is off when the farm may give it to another, even while the farm is out of reach.
    """

    def __init__(self, client: JobClient, steps: Steps, *, every: float, lease_seconds: float) -> None:
        """`every` and `lease_seconds` are seconds."""
        self._client = client
        self._steps = steps
        self._every = every
        # Less than the lease by what it takes to switch a machine off.
        self._lease_seconds = lease_seconds - min(3.0, lease_seconds / 4)
        self._answered_at = time.monotonic()
        self._stopping = False
        self._cancelled = False
        self._lost: LeaseLost | None = None
        self._thread = threading.Thread(target=self._run, name="heartbeats", daemon=True)

    def __enter__(self) -> "Heartbeats":
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop beating."""
        with self._steps.changed:
            self._stopping = True
            self._steps.changed.notify_all()
        self._thread.join(_JOIN_SECONDS)

    def check(self) -> None:
        """Return while the job should go on.

        Raises:
            Cancelled: the farm said so.
            LeaseLost: the farm said so, or could not be told of us for as long as the lease lasts.
        """
        if self._lost is not None:
            raise self._lost
        silent = time.monotonic() - self._answered_at
        if silent > self._lease_seconds:
            raise LeaseLost(f"no heartbeat reached the farm for {silent:.0f} s, the lease is over")
        if self._cancelled:
            raise Cancelled

    def _run(self) -> None:
        while self._wait():
            asked_at = time.monotonic()
            try:
                answer = self._client.heartbeat(self._steps.snapshot())
            except LeaseLost as lost:
                self._lost = lost
                return
            except (FarmUnreachable, FarmRefused) as error:
                log.warning("heartbeat.failed", error=str(error))
                continue
            self._answered_at = asked_at
            self._cancelled = self._cancelled or answer.answer == "cancel"

    def _wait(self) -> bool:
        """Until the next beat is due; false once leaving."""
        with self._steps.changed:
            if not self._stopping:
                self._steps.changed.wait(self._every)
            if not self._stopping:
                self._steps.changed.wait_for(lambda: self._stopping, _GATHER_SECONDS)
            return not self._stopping
