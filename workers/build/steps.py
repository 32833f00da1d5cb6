"""The steps of a build as the farm shows them, recorded while they run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from farm.wire import Step, StepState


class Steps:
    """Steps so far; read by the heartbeat's thread."""

    def __init__(self) -> None:
        """Empty."""
        self._steps: list[Step] = []
        self._lock = threading.Lock()

    def all(self) -> list[Step]:
        """Every step so far, in order."""
        with self._lock:
            return list(self._steps)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step: ok unless the block raises, whose sentence is then its detail."""
        running = Step(name=name, state=StepState.RUNNING, started_at=datetime.now(UTC))
        with self._lock:
            self._steps.append(running)
        try:
            yield
        except BaseException as error:
            self._end(running, StepState.FAILED, str(error)[:4000])
            raise
        self._end(running, StepState.OK, "")

    def _end(self, running: Step, state: StepState, detail: str) -> None:
        ended = running.model_copy(update={"state": state, "detail": detail, "finished_at": datetime.now(UTC)})
        with self._lock:
            self._steps[self._steps.index(running)] = ended
