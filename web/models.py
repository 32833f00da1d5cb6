"""What the API and the pages show of the farm's rows. JSON fields are an API: only added within a version."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, JsonValue
from sqlalchemy.orm import Session

from farm import artifacts, asking, boots, evidence, history
from farm.appraisals import Outcome, listing
from farm.artifacts import BuildArtifact
from farm.boots import Boot, BootCase
from farm.builds import Build
from farm.consoles import ConsoleStore, Stream
from farm.evidence import Evidence
from farm.machines import Machine
from farm.states import BootState, BuildState, Cause, Status, Verdict, help_text, overall, status
from farm.submissions import Submission, builds_of


class Out(BaseModel):
    """Something shown."""

    model_config = ConfigDict(frozen=True)


class StepOut(Out):
    """One step of a boot or build; times in UTC."""

    name: str
    state: str
    started_at: datetime
    finished_at: datetime | None = None
    detail: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took, None while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class CaseOut(Out):
    """One expectation, where it was met in bytes and lines of the serial console."""

    name: str
    kind: str
    text: str
    met: bool
    offset: int | None
    line: int | None
    detail: str


class ArtifactOut(Out):
    """A file that a build produced."""

    name: str
    digest: str
    size: int
    authenticode: str | None
    image_digest: str | None
    url: str

    @classmethod
    def of(cls, made: BuildArtifact) -> "ArtifactOut":
        """From its row."""
        return cls(
            name=made.name,
            digest=made.digest,
            size=made.artifact.size,
            authenticode=made.artifact.authenticode,
            image_digest=made.artifact.image_digest,
            url=f"/api/v1/builds/build-{made.build_id}/artifacts/{quote(made.name)}",
        )


class BuildOut(Out):
    """A build."""

    id: str
    url: str
    repository: str
    commit: str
    patched: bool
    status: Status
    state: BuildState
    verdict: Verdict | None
    cause: Cause | None
    cause_help: str
    detail: str
    error_line: int | None
    toolchain: str
    recipe: dict[str, JsonValue]
    steps: list[StepOut]
    artifacts: list[ArtifactOut]
    attempt: int
    retry_of: str | None
    worker: str
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None

    @classmethod
    def of(cls, build: Build, made: Iterable[BuildArtifact] = ()) -> "BuildOut":
        """From its row, and its artifacts where they are wanted."""
        return cls(
            id=f"build-{build.id}",
            url=f"/builds/build-{build.id}",
            repository=build.repository.name,
            commit=build.commit,
            patched=build.patch is not None,
            status=status_of(build),
            state=BuildState(build.state),
            verdict=Verdict(build.verdict) if build.verdict else None,
            cause=Cause(build.cause) if build.cause else None,
            cause_help=help_text(Cause(build.cause)) if build.cause else "",
            detail=build.detail,
            error_line=build.error_line,
            toolchain=build.toolchain,
            recipe=build.recipe,
            steps=_steps(build.steps),
            artifacts=[ArtifactOut.of(one) for one in made],
            attempt=build.attempt,
            retry_of=f"build-{build.retry_of}" if build.retry_of else None,
            worker=build.worker,
            cancel_requested=build.cancel_requested_at is not None,
            created_at=build.created_at,
            started_at=build.started_at,
            finished_at=build.finished_at,
            seconds=_seconds(build),
        )


class BootOut(Out):
    """A boot, as lists show it. `tier` is its newest appraisal's, or "verifier error"; null before there is one."""

    id: str
    url: str
    submission: str
    build: str
    repository: str
    commit: str
    machine: str | None
    selector: str
    patched: bool
    firmware: str
    image_name: str
    image: str | None
    files: dict[str, str]
    status: Status
    state: BootState
    waiting_reason: str
    verdict: Verdict | None
    tier: str | None
    cause: Cause | None
    cause_help: str
    detail: str
    attempt: int
    retry_of: str | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None

    @classmethod
    def of(cls, boot: Boot, *, tier: str | None = None, **more: Any) -> "BootOut":
        """From its row, and its tier where it may have one; build, machine and repository should be loaded with it."""
        return cls(
            id=f"boot-{boot.id}",
            url=f"/boots/boot-{boot.id}",
            submission=f"submission-{boot.submission_id}",
            build=f"build-{boot.build_id}",
            repository=boot.repository.name,
            commit=boot.build.commit,
            machine=boot.machine.name if boot.machine else None,
            selector=boot.selector,
            patched=boot.build.patch is not None,
            firmware=boot.firmware,
            image_name=boot.image_name,
            image=boot.image,
            files=boot.files,
            status=status_of(boot),
            state=BootState(boot.state),
            waiting_reason=boot.waiting_reason,
            verdict=Verdict(boot.verdict) if boot.verdict else None,
            tier=tier,
            cause=Cause(boot.cause) if boot.cause else None,
            cause_help=help_text(Cause(boot.cause)) if boot.cause else "",
            detail=boot.detail,
            attempt=boot.attempt,
            retry_of=f"boot-{boot.retry_of}" if boot.retry_of else None,
            cancel_requested=boot.cancel_requested_at is not None,
            created_at=boot.created_at,
            started_at=boot.started_at,
            finished_at=boot.finished_at,
            seconds=_seconds(boot),
            **more,
        )

    @classmethod
    def listed(cls, session: Session, rows: Sequence[Boot]) -> "list[BootOut]":
        """The rows of a list, with their tiers in one query."""
        tiers = asking.tiers_of_boots(session, [boot.id for boot in rows if boot.verdict])
        return [cls.of(boot, tier=tiers.get(boot.id)) for boot in rows]


class TimingOut(Out):
    """How long an operation took, by the application's own clock."""

    name: str
    microseconds: int


class EvidenceOut(Out):
    """A file of evidence as the machine gave it, and where it was found: on the boot medium or on the console."""

    name: str
    source: str
    digest: str
    size: int
    url: str

    @classmethod
    def of(cls, found: Evidence) -> "EvidenceOut":
        """From its row."""
        return cls(
            name=found.name,
            source=found.source,
            digest=found.digest,
            size=found.artifact.size,
            url=f"/api/v1/boots/boot-{found.boot_id}/evidence/{found.source}/{quote(found.name)}",
        )


class AttestedOut(Out):
    """What the newest appraisal of a boot says; all of it is in its list of appraisals. `written_off` is why somebody
    gave up on it, if the verifier failed and tries no more."""

    outcome: str
    tier: str
    reason: str
    statement: str
    written_off: str = ""


class BootDetail(BootOut):
    """A boot, as its own page shows it. `attested` is None while nothing was appraised."""

    steps: list[StepOut]
    cases: list[CaseOut]
    timings: list[TimingOut]
    evidence: list[EvidenceOut]
    attested: AttestedOut | None
    attempts: list[str]
    console_bytes: int
    worker: str
    previous_on_machine: str | None
    next_on_machine: str | None
    last_good: str | None

    @classmethod
    def load(cls, session: Session, consoles: ConsoleStore, boot: Boot) -> "BootDetail":
        """With everything around it."""
        before, after = history.neighbours(session, boot)
        good = history.last_good(session, boot)
        attested = _attested(session, boot.id)
        serial = consoles.stream(f"boot-{boot.id}", "serial")
        more = {
            "steps": _steps(boot.steps),
            "cases": [_case(one, serial) for one in boots.cases(session, boot.id)],
            "timings": [TimingOut.model_validate(one) for one in boot.timings],
            "evidence": [EvidenceOut.of(one) for one in evidence.of_boot(session, boot.id)],
            "attested": attested,
            "attempts": [f"boot-{one.id}" for one in boots.attempts(session, boot)],
            "console_bytes": serial.size(),
            "worker": boot.worker,
            "previous_on_machine": f"boot-{before}" if before else None,
            "next_on_machine": f"boot-{after}" if after else None,
            "last_good": f"boot-{good}" if good else None,
        }
        tier = asking.tier_of(attested.outcome, attested.tier) if attested else None
        return cls.of(boot, tier=tier, **more)  # type: ignore[return-value]


def _attested(session: Session, boot_id: int) -> AttestedOut | None:
    newest = listing.newest_result(session, boot_id)
    if newest is None:
        return None
    given_up = listing.given_up(session, boot_id) if newest.outcome == Outcome.ERROR else None
    return AttestedOut(**newest._mapping, written_off=f"by {given_up.by}: {given_up.why}" if given_up else "")


class SubmissionOut(Out):
    """A submission; its status is the worst of its boots' last attempts, once all are finished."""

    id: str
    url: str
    repository: str
    ref: str
    commit: str
    patched: bool
    subject: str
    author: str
    by: str
    note: str
    status: Status
    finished: bool
    cancelling: bool
    counts: dict[str, int]
    created_at: datetime

    @classmethod
    def of(cls, submission: Submission, last_boots: list[Boot], **more: Any) -> "SubmissionOut":
        """From its row and the last attempts of its boots."""
        statuses = [status_of(boot) for boot in last_boots]
        return cls(
            id=f"submission-{submission.id}",
            url=f"/submissions/submission-{submission.id}",
            repository=submission.repository.name,
            ref=submission.ref,
            commit=submission.commit,
            patched=submission.patch is not None,
            subject=submission.subject,
            author=submission.author,
            by=submission.person.name if submission.person else "",
            note=submission.note,
            status=overall(statuses),
            finished=all(boot.state == BootState.FINISHED for boot in last_boots),
            cancelling=any(boot.cancel_requested_at and boot.state != BootState.FINISHED for boot in last_boots),
            counts={word: statuses.count(word) for word in dict.fromkeys(statuses)},
            created_at=submission.created_at,
            **more,
        )


class SubmissionDetail(SubmissionOut):
    """A submission, as its own page shows it."""

    plan: str
    warnings: list[str]
    boots: list[BootOut]
    builds: list[BuildOut]

    @classmethod
    def load(cls, session: Session, submission: Submission) -> "SubmissionDetail":
        """With everything around it."""
        last = history.boots_of_submissions(session, [submission.id])[submission.id]
        made = builds_of(session, submission.id)
        more = {
            "plan": submission.plan,
            "warnings": submission.warnings.splitlines(),
            "boots": BootOut.listed(session, last),
            "builds": [BuildOut.of(build, artifacts.of_build(session, build.id)) for build in made],
        }
        return cls.of(submission, last, **more)  # type: ignore[return-value]


class MachineOut(Out):
    """A machine."""

    name: str
    url: str
    lab: str
    pool: str
    tags: list[str]
    driver: str
    firmware: list[str]
    options: dict[str, JsonValue]
    state: str
    health: str
    held: bool
    reason: str
    changed_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, machine: Machine) -> "MachineOut":
        """From its row."""
        return cls(
            name=machine.name,
            url=f"/machines/{machine.name}",
            lab=machine.lab.name,
            pool=machine.pool,
            tags=machine.tags,
            driver=machine.driver,
            firmware=machine.firmware,
            options=machine.options,
            state=machine.state,
            health=machine.health,
            held=machine.held,
            reason=machine.reason,
            changed_at=machine.changed_at,
            created_at=machine.created_at,
        )


def status_of(job: Boot | Build) -> Status:
    """The one word."""
    return status(job.verdict, job.state, cant_start=getattr(job, "cant_start", False))


def _seconds(job: Boot | Build) -> float | None:
    if job.started_at is None or job.finished_at is None:
        return None
    return round((job.finished_at - job.started_at).total_seconds(), 3)


def _steps(rows: list[dict[str, Any]]) -> list[StepOut]:
    return [StepOut.model_validate(row) for row in rows]


def _case(case: BootCase, serial: Stream) -> CaseOut:
    return CaseOut(
        name=case.name,
        kind=case.kind,
        text=case.text,
        met=case.met,
        offset=case.offset,
        line=None if case.offset is None else serial.line_at(min(case.offset, serial.size())),
        detail=case.detail,
    )
