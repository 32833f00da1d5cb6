"""Lists of reference values: those that wait for a decision, those of a state or kind, each with where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from farm.builds import Build
from farm.database import MOST_ID, word
from farm.machines import Machine
from farm.references.table import Reference, ReferenceKind, ReferenceStateRow
from farm.repositories import Repository


@dataclass(frozen=True)
class ReferenceLine:
    """One value with the newest decision about it, and its origin: a build of a commit, or a boot of a machine."""

    id: int
    kind: str
    digest: str
    state: str
    pcr: int | None
    firmware: str
    machine: str | None
    build: int | None
    boot: int | None
    commit: str | None
    repository: str | None
    created_at: datetime
    at: datetime
    by: str
    why: str
    decision: int  # its id


def references(
    session: Session, *, kinds: Sequence[str] = (), states: Sequence[str] = (), below: int = 0, limit: int = 50
) -> list[ReferenceLine]:
    """Values, the newest first, below the id `below`. One row more than `limit` tells that there are more."""
    statement = known_lines().order_by(Reference.id.desc()).limit(limit + 1)
    if kinds:
        statement = statement.where(Reference.kind.in_(kinds))
    if states:
        statement = statement.where(Reference.state.in_(states))
    if below:
        statement = statement.where(Reference.id < below)
    return [ReferenceLine(*row) for row in session.execute(statement)]


def reference_lines(session: Session, digests: Sequence[str], at: datetime | None = None) -> list[ReferenceLine]:
    """The values of images and modules with one of these digests, as they were known at a moment, now without one."""
    # The partial index serves only what says its condition.
    statement = known_lines(at).where(Reference.digest.in_(digests), Reference.kind != word(ReferenceKind.FIRMWARE))
    return [ReferenceLine(*row) for row in session.execute(statement.order_by(Reference.id))]


def line(session: Session, number: int) -> ReferenceLine | None:
    """One value, by its id."""
    if number > MOST_ID:
        return None
    row = session.execute(known_lines().where(Reference.id == number)).one_or_none()
    return ReferenceLine(*row) if row else None


def totals(session: Session) -> dict[str, int]:
    """How many values are in each state."""
    rows = session.execute(select(Reference.state, func.count()).group_by(Reference.state)).all()
    return {str(state): int(number) for state, number in rows}


def known_lines(at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """What a list shows of each value: with the newest decision about it, or the newest of those until a moment."""
    decision = aliased(ReferenceStateRow)
    every = aliased(ReferenceStateRow)
    newest = select(func.max(every.id)).where(every.reference_id == Reference.id).correlate(Reference)
    if at:
        newest = newest.where(every.at <= at)
    found: Select[*tuple[Any, ...]] = (
        select(
            Reference.id,
            Reference.kind,
            Reference.digest,
            decision.state,
            Reference.pcr,
            Reference.firmware,
            Machine.name,
            Reference.build_id,
            Reference.boot_id,
            Build.commit,
            Repository.name,
            Reference.created_at,
            decision.at,
            decision.by,
            decision.why,
            decision.id,
        )
        .select_from(Reference)
        .join(decision, decision.id == newest.scalar_subquery())
        .outerjoin(Machine, Machine.id == Reference.machine_id)
        .outerjoin(Build, Build.id == Reference.build_id)
        .outerjoin(Repository, Repository.id == Build.repository_id)
    )
    return found.where(Reference.created_at <= at) if at else found
