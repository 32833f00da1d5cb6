"""Boots: one attempt each to boot one artifact on one machine.

Only functions here change a boot's state. A retry is a new boot that points at the one before, so nothing that
happened is ever overwritten.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    exists,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from farm import evidence, leases, machines, wire
from farm.artifacts import Artifact
from farm.builds import Build
from farm.database import Base, Id, Json, Utc, compare_and_set, now, partial_index, word
from farm.errors import Conflict, NotFound
from farm.job_tokens import Lease as LeaseName
from farm.leases import Lease
from farm.machines import Machine
from farm.nonces import fresh_nonce
from farm.repositories import Repository
from farm.states import BOOT_TRANSITIONS, BootState, Cause, Verdict, verdict_of

RETRY_PAUSE = timedelta(seconds=4)  # before the first retry, then twice as long
# A lost worker or a full disk of the farm says nothing about the machine.
MACHINE_CAUSES = frozenset({Cause.POWER_FAILED, Cause.MEDIUM_FAILED, Cause.CONSOLE_LOST, Cause.HYPERVISOR_ERROR})


class Boot(Base):
    """One attempt. Invariants: finished exactly when there is a verdict; a cause exactly when it did not pass."""

    __tablename__ = "boots"
    __table_args__ = (
        CheckConstraint("(state = 'finished') = (verdict IS NOT NULL)", name="verdict_when_finished"),
        CheckConstraint("verdict IS NULL OR (verdict = 'pass') = (cause IS NULL)", name="cause_unless_pass"),
        CheckConstraint("state NOT IN ('leased', 'running') OR machine_id IS NOT NULL", name="machine_when_leased"),
        UniqueConstraint("retry_of"),
        partial_index("ix_boots_queue", "priority", "id", where="state = 'queued'"),
        partial_index("ix_boots_live", "state", where="state != 'finished'"),
        Index(None, "submission_id"),
        Index(None, "build_id", "machine_id", "id"),
        Index(None, "machine_id", "id"),
        partial_index("ix_boots_ended", "machine_id", "finished_at", "id", where="finished_at IS NOT NULL"),
        Index(None, "repository_id", "id"),
        Index(None, "first_attempt"),
        Index(None, "image", "machine_id", "id"),
        Index(None, "verdict", "id"),
        Index(None, "finished_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"))
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"))
    image_name: Mapped[str] = mapped_column(String(100))  # "" for the first artifact of the build
    image: Mapped[str | None] = mapped_column(ForeignKey("artifacts.digest"))  # once the build has passed
    files: Mapped[dict[str, str]] = mapped_column(Json)  # of the plan, beside the image: text by path
    selector: Mapped[str] = mapped_column(String(400))  # any one machine that matches, unless `wanted` names it
    wanted: Mapped[int | None] = mapped_column(ForeignKey("machines.id"))
    firmware: Mapped[str] = mapped_column(String(100))
    machine_id: Mapped[int | None] = mapped_column(ForeignKey("machines.id"))
    expectations: Mapped[dict[str, JsonValue]] = mapped_column(Json)  # markers and limits, from the plan
    infra_retries: Mapped[int]
    retried: Mapped[int]  # how many of them led here since a person asked
    state: Mapped[BootState] = mapped_column(String(10))
    waiting_reason: Mapped[str] = mapped_column(String(400))
    cant_start: Mapped[bool]  # the reason will not go away by waiting
    verdict: Mapped[Verdict | None] = mapped_column(String(10))
    cause: Mapped[Cause | None] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(Text)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    timings: Mapped[list[dict[str, Any]]] = mapped_column(Json)  # what the application said of itself
    console_bytes: Mapped[int] = mapped_column(BigInteger)
    priority: Mapped[int]
    attempt: Mapped[int]
    retry_of: Mapped[int | None] = mapped_column(ForeignKey("boots.id"))
    first_attempt: Mapped[int | None] = mapped_column(ForeignKey("boots.id"))  # None for a first attempt
    fence: Mapped[int]
    worker: Mapped[str] = mapped_column(String(100))
    claim: Mapped[str] = mapped_column(String(64))  # the claim that got it, so that the same claim may ask again
    # What its evidence must quote, in hex: made with the claim, before power-on, for this boot alone; "" before.
    nonce: Mapped[str] = mapped_column(String(128))
    nonce_expires_at: Mapped[datetime | None] = mapped_column(Utc)
    created_at: Mapped[datetime] = mapped_column(Utc)
    not_before: Mapped[datetime | None] = mapped_column(Utc)  # a retry waits a little: what failed may still be failing
    leased_at: Mapped[datetime | None] = mapped_column(Utc)
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    sends: Mapped[int]
    started_at: Mapped[datetime | None] = mapped_column(Utc)
    finished_at: Mapped[datetime | None] = mapped_column(Utc)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(Utc)
    machine: Mapped[Machine | None] = relationship(foreign_keys=[machine_id])
    build: Mapped[Build] = relationship()
    repository: Mapped[Repository] = relationship()
    artifact: Mapped[Artifact | None] = relationship()

    @property
    def chain(self) -> int:
        """The id of the first attempt, which all retries share."""
        return self.first_attempt or self.id

    @property
    def lease(self) -> LeaseName:
        """The right that the current attempt's worker holds."""
        return LeaseName("boot", self.id, self.fence)


# What the partial indexes are for.
QUEUED = Boot.state == word(BootState.QUEUED)
LIVE = Boot.state != word(BootState.FINISHED)


class BootCase(Base):
    """One named expectation of a boot, and the byte offset in its serial console where it was met."""

    __tablename__ = "cases"
    __table_args__ = (Index(None, "boot_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(500))
    met: Mapped[bool]
    offset: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str] = mapped_column(Text)


# Written once, because building a statement costs more than running it, and these run for every boot.
_FOR_CLAIM = (
    select(Boot)
    .options(joinedload(Boot.machine), joinedload(Boot.artifact))
    .where(Boot.id == bindparam("job"))
    .execution_options(populate_existing=True)
)
_HOLDER = select(Boot).where(
    Boot.id == bindparam("job"),
    Boot.state == BootState.RUNNING,
    Boot.fence == bindparam("held"),
    exists().where(leases.STANDS),
)
_CASES: Any = insert(BootCase.__table__)  # type: ignore[arg-type]
_BOOTS: Any = insert(Boot.__table__)  # type: ignore[arg-type]


def create(session: Session, **values: Any) -> Boot:
    """A queued boot; `values` are the columns that only the submission knows."""
    made = Boot(**_queued() | values)
    session.add(made)
    return made


def create_all(session: Session, each: Sequence[dict[str, Any]]) -> None:
    """Many of them, in this order, in one statement."""
    if each:
        session.execute(_BOOTS, [_queued() | values for values in each])


def _queued() -> dict[str, Any]:
    return {
        "state": BootState.QUEUED,
        "waiting_reason": "",
        "cant_start": False,
        "detail": "",
        "files": {},
        "steps": [],
        "timings": [],
        "console_bytes": 0,
        "attempt": 1,
        "fence": 0,
        "worker": "",
        "claim": "",
        "nonce": "",
        "retried": 0,
        "sends": 0,
        "created_at": now(),
    }


def boot_to_claim(session: Session, number: int) -> Boot:
    """A boot with its machine and its image, in one query.

    Raises:
        NotFound: none.
    """
    found = session.scalars(_FOR_CLAIM, {"job": number}).one_or_none()
    return found or boot(session, number)


def boot(session: Session, number: int) -> Boot:
    """The boot of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(Boot, number)
    if found is None:
        raise NotFound(f"There is no boot-{number}.", next_step="`bootfarm list` shows the newest.")
    return found


def move(session: Session, found: Boot, to: BootState, **values: Any) -> None:
    """The one place where a boot changes its state.

    Raises:
        Conflict: `to` can't follow the state it is in, or somebody else was first; names both states.
    """
    before = found.state
    if before not in BOOT_TRANSITIONS[to]:
        raise Conflict(f"boot-{found.id} is {before} and can't become {to}.")
    if not compare_and_set(session, found, ("state", "fence"), {"state": to, **values}):
        raise Conflict(f"boot-{found.id} was {before} but changed before it could become {to}.")


def lease(session: Session, found: Boot, machine: Machine, until: datetime) -> bool:
    """Set a machine aside for a queued boot; false when the machine was taken meanwhile."""
    fence = machines.lease_machine(session, machine)
    if fence is None:
        return False
    move(
        session,
        found,
        BootState.LEASED,
        machine_id=machine.id,
        fence=fence,
        leased_at=now(),
        sent_at=now(),
        sends=1,
        waiting_reason="",
        cant_start=False,
    )
    leases.begin(session, found.id, machine.id, fence, until)
    return True


def claim(session: Session, found: Boot, worker: str, until: datetime, nonce: str = "") -> None:
    """A worker takes a leased boot. The same claim again, whose answer was lost, changes nothing.

    Raises:
        Conflict: it is not leased: the message was a duplicate or came late.
    """
    if nonce and found.state == BootState.RUNNING and found.claim == nonce:
        return
    move(
        session,
        found,
        BootState.RUNNING,
        worker=worker,
        claim=nonce,
        started_at=now(),
        **fresh_nonce(found.expectations),
    )
    leases.extend(session, found.lease, until)


def holder(session: Session, name: LeaseName) -> Boot:
    """The boot that this lease gives the right to, while it stands.

    Raises:
        Conflict: the lease is over; its worker must stop and write nothing.
    """
    found = session.scalars(_HOLDER, {"job": name.job, "held": name.fence, "moment": now()}).one_or_none()
    if found is None:
        raise leases.over(name)
    return found


def heartbeat(session: Session, name: LeaseName, steps: list[dict[str, Any]], until: datetime) -> Boot:
    """A sign of life from the lease's holder, which extends it.

    Raises:
        Conflict: the lease is over.
    """
    found = holder(session, name)
    if steps and not compare_and_set(session, found, ("state", "fence"), {"steps": steps}):
        raise leases.over(name)
    leases.extend(session, name, until)
    return found


def finish(session: Session, found: Boot, outcome: wire.BootOutcome) -> Boot | None:
    """Write the verdict once, release the machine, and queue the retry that a fault of the farm is owed; that retry."""
    held = found.state in (BootState.LEASED, BootState.RUNNING)
    steps = [step.model_dump(mode="json") for step in outcome.steps] or found.steps
    move(
        session,
        found,
        BootState.FINISHED,
        verdict=outcome.verdict,
        cause=outcome.cause,
        detail=outcome.detail,
        steps=steps,
        timings=[timing.model_dump() for timing in outcome.timings],
        console_bytes=outcome.console_bytes,
        finished_at=now(),
        waiting_reason="",
        cant_start=False,
    )
    if outcome.cases:
        rows = [{**case.model_dump(), "boot_id": found.id} for case in outcome.cases]
        session.execute(_CASES, rows)
    evidence.record(session, found.id, outcome.evidence)
    if held:
        _release(session, found, found.machine_id, outcome.verdict)
    return _retry(session, found)


def finish_unrun(session: Session, found: Boot, cause: Cause, detail: str) -> Boot | None:
    """End a boot that no worker can report on: its build failed, it was cancelled, or its worker is lost."""
    outcome = wire.BootOutcome(verdict=verdict_of(cause), cause=cause, detail=detail, console_bytes=found.console_bytes)
    return finish(session, found, outcome)


def unlease(session: Session, found: Boot) -> None:
    """Back to the queue: no worker claimed it in time. Nothing ran, so nothing failed."""
    machine_id = found.machine_id
    move(session, found, BootState.QUEUED, machine_id=None, leased_at=None, fence=0)
    _release(session, found, machine_id, None)


def _release(session: Session, found: Boot, machine_id: int | None, verdict: Verdict | None) -> None:
    # Boot, lease, machine: who locks rows in one order waits for nobody who waits for him.
    leases.release(session, found.id)
    fault = ""
    if found.cause in MACHINE_CAUSES:
        fault = f"{machines.BAD_AFTER} faults in a row, the last in boot-{found.id}: {found.cause}"
    machines.free_machine(session, machine_id, ran=verdict in (Verdict.PASS, Verdict.FAIL), fault=fault)


def _retry(session: Session, lost: Boot) -> Boot | None:
    if lost.image is None:
        return None  # it never had anything to boot: its build is what was lost, and that was retried
    if lost.verdict != Verdict.INFRA or lost.retried >= lost.infra_retries or lost.cancel_requested_at is not None:
        return None
    retry = again(session, lost, retried=lost.retried + 1)
    retry.not_before = now() + RETRY_PAUSE * 2**lost.retried
    return retry


def again(session: Session, before: Boot, *, retried: int = 0) -> Boot:
    """A new attempt of the same image on the same target, in the same chain; a person's has all its retries before it.

    Raises:
        Conflict: the attempt is not finished, or has a successor already.
    """
    if before.state != BootState.FINISHED:
        raise Conflict(f"boot-{before.id} is {before.state}; only a finished boot can run again.")
    successor = session.scalars(select(Boot.id).where(Boot.retry_of == before.id)).one_or_none()
    if successor is not None:
        raise Conflict(f"boot-{before.id} ran again already, as boot-{successor}.", next_step="Re-run that one.")
    made = create(
        session,
        submission_id=before.submission_id,
        repository_id=before.repository_id,
        build_id=before.build_id,
        image_name=before.image_name,
        image=before.image,
        files=before.files,
        selector=before.selector,
        wanted=before.wanted,
        firmware=before.firmware,
        expectations=before.expectations,
        infra_retries=before.infra_retries,
        retried=retried,
        priority=before.priority,
        attempt=before.attempt + 1,
        retry_of=before.id,
        first_attempt=before.chain,
    )
    session.flush()
    return made


def cancel(session: Session, found: Boot, by: str) -> None:
    """Wish a boot to end: at once while nobody runs it, else by the worker's next heartbeat.

    Raises:
        Conflict: it is finished.
    """
    if found.state == BootState.FINISHED:
        raise Conflict(f"boot-{found.id} is finished with the verdict {found.verdict}; nothing is left to cancel.")
    found.cancel_requested_at = found.cancel_requested_at or now()
    session.flush()
    if found.state != BootState.RUNNING:
        finish_unrun(session, found, Cause.BY_USER, f"Cancelled by {by} before it started.")


def latest_attempt(session: Session, found: Boot) -> Boot:
    """The last boot of this boot's chain."""
    return attempts(session, found)[-1]


def attempts(session: Session, found: Boot) -> list[Boot]:
    """All boots of this boot's chain, the first one first."""
    chain = (Boot.id == found.chain) | (Boot.first_attempt == found.chain)
    return list(session.scalars(select(Boot).where(chain).order_by(Boot.id)))


def cases(session: Session, boot_id: int) -> list[BootCase]:
    """The expectations of a boot, in the plan's order."""
    return list(session.scalars(select(BootCase).where(BootCase.boot_id == boot_id).order_by(BootCase.id)))


def expired(session: Session, limit: int = 100) -> list[Boot]:
    """Leased or running boots whose lease ran out."""
    late = select(Boot).join(Lease, Lease.boot_id == Boot.id)
    late = late.where(Lease.released_at.is_(None), Lease.expires_at <= now())
    return list(session.scalars(late.order_by(Lease.expires_at).limit(limit)))
