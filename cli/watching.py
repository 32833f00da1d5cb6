"""Following a submission, a boot or a build to its verdict: reading after reading, and what changed between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cli.api_client import ApiClient
from cli.shapes import Boot, Build, Job, Step, Submission
from cli.text import seconds
from cli.typed_ids import JobId, job_id

CANT_START = "can't start"  # a status: it waits for something that will not come by waiting
POLL_SECONDS = 0.5
LOST_LINK_SECONDS = 60.0  # a farm that restarts must not end a watch


@dataclass(frozen=True)
class Reading:
    """How it stands: the thing itself, and the builds and boots that belong to it."""

    shown: Submission | Boot | Build
    builds: tuple[Build, ...]
    boots: tuple[Boot, ...]

    @property
    def status(self) -> str:
        """Its one word."""
        return self.shown.status

    @property
    def finished(self) -> bool:
        """Whether it has a verdict that stays."""
        return self.shown.finished if isinstance(self.shown, Submission) else self.shown.verdict is not None

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Builds, then boots."""
        return (*self.builds, *self.boots)

    @property
    def failed(self) -> bool:
        """Whether something has failed that no attempt follows, so that the verdict can't be pass any more."""
        return any(job.status == "fail" for job in self.jobs)

    @property
    def stuck(self) -> bool:
        """Whether all that is left can't start, so that nothing changes until somebody does something."""
        left = [job for job in self.jobs if job.verdict is None]
        return bool(left) and all(job.status == CANT_START for job in left)

    @property
    def build_failed(self) -> bool:
        """Whether the verdict is about the build alone, so that no machine said anything about the commit."""
        failed = [job for job in self.jobs if job.status == "fail"]
        return bool(failed) and all(job.cause == "build-error" for job in failed)


def read(client: ApiClient, watched: JobId) -> Reading:
    """How it stands now; running boots with their steps."""
    if watched.kind == "build":
        build = client.get(watched.path, Build)
        return Reading(build, (build,), ())
    if watched.kind == "boot":
        boot = client.get(watched.path, Boot)
        builds = (client.get(job_id(boot.build).path, Build),) if boot.started_at is None else ()
        return Reading(boot, builds, (boot,))
    submission = client.get(watched.path, Submission)
    boots = tuple(_detailed(client, boot) for boot in submission.boots)
    return Reading(submission, tuple(submission.builds), boots)


def _detailed(client: ApiClient, boot: Boot) -> Boot:
    """A submission shows its boots without steps."""
    if boot.started_at is None or boot.verdict is not None:
        return boot
    return client.get(job_id(boot.id).path, Boot)


def readings(
    client: ApiClient, watched: JobId, *, deadline: float | None = None, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Reading]:
    """One reading after another; the last is finished, unless the deadline (monotonic) came first."""
    while not stopped():
        reading = read(client, watched)
        # A farm that is not there at all is told at once; one that restarts under a watch is waited for.
        client.patience = max(client.patience, LOST_LINK_SECONDS)
        yield reading
        if reading.finished or (deadline is not None and time.monotonic() >= deadline):
            return
        wait = POLL_SECONDS if deadline is None else min(POLL_SECONDS, max(0.0, deadline - time.monotonic()))
        time.sleep(wait)


@dataclass
class Changes:
    """Tells what is new in a reading, in sentences; the same thing is never said twice."""

    _said: set[str] = field(default_factory=set)

    def of(self, reading: Reading) -> Iterator[str]:
        """New steps, reasons for waiting and verdicts."""
        for job in reading.jobs:
            for sentence in (*self._steps(job), *self._state(job)):
                if sentence not in self._said:
                    self._said.add(sentence)
                    yield sentence

    def _steps(self, job: Job) -> Iterator[str]:
        for step in job.steps:
            if step.finished_at is not None:
                took = seconds((step.finished_at - step.started_at).total_seconds())
                state = "" if step.state == "ok" else f" {step.state}"
                yield f"  {job.id}  {step.name}{state}  {took}"

    def _state(self, job: Job) -> Iterator[str]:
        if job.verdict:
            why = f": {job.detail or job.cause_help}" if job.verdict != "pass" else ""
            cause = f" ({job.cause})" if job.cause else ""
            yield f"{job.id}  {job.status}{cause}  {seconds(job.seconds)}{why}"
        elif isinstance(job, Boot) and job.status in ("waiting", CANT_START) and job.waiting_reason:
            yield f"{job.id}  {job.status}: {job.waiting_reason}"
        elif job.status == "running":
            where = f" on {job.machine}" if isinstance(job, Boot) and job.machine else ""
            yield f"{job.id}  running{where}"


def running_step(reading: Reading) -> tuple[Job, Step | None] | None:
    """What goes on now, for a line that is overwritten."""
    for job in reversed(reading.jobs):
        if job.status == "running":
            return job, next((step for step in reversed(job.steps) if step.finished_at is None), None)
    return None
