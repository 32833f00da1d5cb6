"""Builds: one execution of the build of one source tree with one recipe and toolchain, shared by content key."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from farm import artifacts, wire
from farm.database import Base, Digest, Id, Json, Utc, compare_and_set, now, partial_index, word
from farm.errors import Conflict, NotFound
from farm.job_tokens import Lease
from farm.repositories import Repository
from farm.states import BUILD_TRANSITIONS, BuildState, Cause, Verdict


class Build(Base):
    """One execution. Invariants: finished exactly when there is a verdict; a cause exactly when it did not pass."""

    __tablename__ = "builds"
    __table_args__ = (
        CheckConstraint("(state = 'finished') = (verdict IS NOT NULL)", name="verdict_when_finished"),
        CheckConstraint("verdict IS NULL OR (verdict = 'pass') = (cause IS NULL)", name="cause_unless_pass"),
        CheckConstraint("(state = 'running') = (lease_expires_at IS NOT NULL)", name="lease_while_running"),
        partial_index("uq_builds_content_key_shared", "content_key", where="shared", unique=True),
        partial_index("ix_builds_live", "state", where="state != 'finished'"),
        UniqueConstraint("retry_of"),
        Index(None, "finished_at"),
        Index(None, "commit"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"))
    content_key: Mapped[str] = mapped_column(Digest)
    shared: Mapped[bool]  # later submissions with this key use this build
    commit: Mapped[str] = mapped_column(String(64))
    tree: Mapped[str] = mapped_column(String(64))
    patch: Mapped[str | None] = mapped_column(ForeignKey("artifacts.digest"))
    recipe: Mapped[dict[str, JsonValue]] = mapped_column(Json)
    toolchain: Mapped[str] = mapped_column(String(400))
    state: Mapped[BuildState] = mapped_column(String(10))
    verdict: Mapped[Verdict | None] = mapped_column(String(10))
    cause: Mapped[Cause | None] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(Text)
    error_line: Mapped[int | None]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    attempt: Mapped[int]
    retry_of: Mapped[int | None] = mapped_column(ForeignKey("builds.id"))
    fence: Mapped[int]
    worker: Mapped[str] = mapped_column(String(100))
    claim: Mapped[str] = mapped_column(String(64))  # the claim that got it, so that the same claim may ask again
    created_at: Mapped[datetime] = mapped_column(Utc)
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    sends: Mapped[int]
    started_at: Mapped[datetime | None] = mapped_column(Utc)
    lease_expires_at: Mapped[datetime | None] = mapped_column(Utc)
    finished_at: Mapped[datetime | None] = mapped_column(Utc)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(Utc)
    repository: Mapped[Repository] = relationship(lazy="joined")

    @property
    def lease(self) -> Lease:
        """The right that the current attempt's worker holds."""
        return Lease("build", self.id, self.fence)


LIVE = Build.state != word(BuildState.FINISHED)  # what the partial index is for


def content_key(cache: str, tree: str, recipe: dict[str, JsonValue], toolchain: str) -> str:
    """What decides a build's output: the source tree, the recipe with its profile, and the tools; no time limit.

    The warm folder is part of it: whoever may poison one must not decide what another repository boots.
    """
    decisive = {key: value for key, value in recipe.items() if key != "timeout_seconds"}
    text = json.dumps([cache, tree, decisive, toolchain], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def find_or_create(
    session: Session,
    *,
    repository: Repository,
    commit: str,
    tree: str,
    patch: str | None,
    recipe: dict[str, JsonValue],
    toolchain: str,
    fresh: bool = False,
) -> Build:
    """The shared build of this content, or a new one; `fresh` never reuses and takes the old one's place.

    A build that somebody cancelled is not handed to anybody else while its worker has yet to hear of it.
    """
    key = content_key(repository.cache, tree, recipe, toolchain)
    known = shared_or_none(session, key)
    if known is not None and not fresh and known.cancel_requested_at is None:
        return known
    if known is not None:
        known.shared = False
        session.flush()
    build = Build(
        repository=repository,
        content_key=key,
        commit=commit,
        tree=tree,
        patch=patch,
        recipe=recipe,
        toolchain=toolchain,
        attempt=1,
        **_unstarted(),
    )
    try:
        with session.begin_nested():
            session.add(build)
    except IntegrityError:
        # Somebody submitted the same content at the same moment; theirs is as good.
        other = shared_or_none(session, key)
        if other is None:
            raise
        return other
    return build


def shared_or_none(session: Session, key: str) -> Build | None:
    """The build that submissions of this content use, if there is one."""
    return session.scalars(select(Build).where(Build.content_key == key, Build.shared)).one_or_none()


def _unstarted() -> dict[str, Any]:
    return {
        "shared": True,
        "state": BuildState.QUEUED,
        "detail": "",
        "steps": [],
        "fence": 0,
        "worker": "",
        "claim": "",
        "sends": 0,
        "created_at": now(),
    }


def build(session: Session, number: int) -> Build:
    """The build of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(Build, number)
    if found is None:
        raise NotFound(f"There is no build-{number}.", next_step="`bootfarm list builds` shows the newest.")
    return found


def move(session: Session, found: Build, to: BuildState, **values: Any) -> None:
    """The one place where a build changes its state; the same state is no move.

    Raises:
        Conflict: `to` can't follow the state it is in, or somebody else was first; names both states.
    """
    before = found.state
    if before not in BUILD_TRANSITIONS[to]:
        raise Conflict(f"build-{found.id} is {before} and can't become {to}.")
    if not compare_and_set(session, found, ("state", "fence"), {"state": to, **values}):
        raise Conflict(f"build-{found.id} was {before} but changed before it could become {to}.")


def claim(session: Session, found: Build, worker: str, toolchain: str, lease: timedelta, nonce: str = "") -> None:
    """A worker takes a queued build. The same claim again, whose answer was lost, changes nothing.

    Raises:
        Conflict: it is not waiting: the message was a duplicate.
    """
    if nonce and found.state == BuildState.RUNNING and found.claim == nonce:
        return
    key, shared = found.content_key, found.shared
    if toolchain and toolchain != found.toolchain:
        # Built by other tools than was expected at submission: what it makes must be found under what made it.
        key = content_key(found.repository.cache, found.tree, found.recipe, toolchain)
        other = select(Build.id).where(Build.content_key == key, Build.shared, Build.id != found.id)
        shared = shared and session.scalars(other).first() is None
    move(
        session,
        found,
        BuildState.RUNNING,
        content_key=key,
        shared=shared,
        toolchain=toolchain or found.toolchain,
        worker=worker,
        claim=nonce,
        fence=found.fence + 1,
        started_at=now(),
        lease_expires_at=now() + lease,
    )


def holder(session: Session, lease: Lease) -> Build:
    """The build that this lease gives the right to, while it stands.

    Raises:
        Conflict: the lease is over; its worker must stop and write nothing.
    """
    found = build(session, lease.job)
    expires = found.lease_expires_at
    if found.state != BuildState.RUNNING or found.fence != lease.fence or expires is None or expires <= now():
        raise _lease_over(lease)
    return found


def _lease_over(lease: Lease) -> Conflict:
    return Conflict(f"The lease {lease.name} is over.", code="lease-over")


def heartbeat(session: Session, lease: Lease, steps: list[dict[str, Any]], extend: timedelta) -> Build:
    """A sign of life from the lease's holder.

    Raises:
        Conflict: the lease is over.
    """
    found = holder(session, lease)
    values = {"lease_expires_at": now() + extend, "steps": steps or found.steps}
    if not compare_and_set(session, found, ("state", "fence"), values):
        raise _lease_over(lease)
    return found


def finish(session: Session, found: Build, outcome: wire.BuildOutcome) -> None:
    """Write the verdict, once. Artifacts must be stored already."""
    shared = found.shared and outcome.verdict in (Verdict.PASS, Verdict.FAIL)
    steps = [step.model_dump(mode="json") for step in outcome.steps] or found.steps
    move(
        session,
        found,
        BuildState.FINISHED,
        verdict=outcome.verdict,
        cause=outcome.cause,
        detail=outcome.detail,
        error_line=outcome.error_line,
        steps=steps,
        shared=shared,
        finished_at=now(),
        lease_expires_at=None,
    )
    for made in outcome.artifacts:
        record = artifacts.artifact(session, made.digest)
        record.authenticode, record.image_digest = made.authenticode, made.image_digest
        session.add(artifacts.BuildArtifact(build_id=found.id, name=made.name, digest=made.digest))
    session.flush()


def retry(session: Session, lost: Build, infra_retries: int) -> Build | None:
    """A new attempt after a fault of the farm, or None when its bound is reached or nobody wants it any more."""
    if lost.verdict != Verdict.INFRA or lost.attempt > infra_retries or lost.cancel_requested_at is not None:
        return None
    successor = session.scalars(select(Build).where(Build.retry_of == lost.id)).one_or_none()
    other = successor or shared_or_none(session, lost.content_key)
    if other is not None:
        return other
    again = Build(
        repository=lost.repository,
        content_key=lost.content_key,
        commit=lost.commit,
        tree=lost.tree,
        patch=lost.patch,
        recipe=lost.recipe,
        toolchain=lost.toolchain,
        attempt=lost.attempt + 1,
        retry_of=lost.id,
        **_unstarted(),
    )
    session.add(again)
    session.flush()
    return again


def expired(session: Session, limit: int = 100) -> list[Build]:
    """Running builds whose worker stopped answering."""
    late = select(Build).where(LIVE, Build.state == BuildState.RUNNING, Build.lease_expires_at <= now())
    return list(session.scalars(late.order_by(Build.lease_expires_at).limit(limit)))


def running_leases(session: Session) -> list[str]:
    """Names of what may be building now."""
    running = select(Build).where(LIVE, Build.state == BuildState.RUNNING, Build.lease_expires_at > now())
    return [found.lease.name for found in session.scalars(running)]


def ahead(session: Session, found: Build) -> int:
    """How many builds wait in front of this one."""
    waiting = select(func.count()).where(LIVE, Build.state == BuildState.QUEUED, Build.id < found.id)
    return session.scalars(waiting).one()
