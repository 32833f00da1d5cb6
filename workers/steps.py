"""The steps of one boot or build with their times, readable from another thread while they happen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from farm.wire import Step, StepState


class Steps:
    """At most one step runs at a time. `changed` is notified on every change."""

    def __init__(self) -> None:
        """No step has begun."""
        self.changed = threading.Condition()
        self._steps: list[Step] = []

    def begin(self, name: str) -> None:
        """Start a step; the one that runs ends well."""
        self.end(StepState.OK)
        with self.changed:
            self._steps.append(Step(name=name, state=StepState.RUNNING, started_at=datetime.now(UTC)))
            self.changed.notify_all()

    def end(self, state: StepState, detail: str = "") -> None:
        """End the step that runs, if one does."""
        with self.changed:
            if self._steps and self._steps[-1].state is StepState.RUNNING:
                done = {"state": state, "finished_at": datetime.now(UTC), "detail": detail[:4000]}
                self._steps[-1] = self._steps[-1].model_copy(update=done)
                self.changed.notify_all()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step that fails with the exception that leaves it."""
        self.begin(name)
        try:
            yield
        except BaseException as error:
            self.end(StepState.FAILED, str(error))
            raise
        self.end(StepState.OK)

    def snapshot(self) -> list[Step]:
        """All steps so far."""
        with self.changed:
            return list(self._steps)
