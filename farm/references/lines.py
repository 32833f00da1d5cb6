"""Lists of reference values: those that wait for a decision, those of a state or kind, each with where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import Select, Subquery, func, select, union_all
from sqlalchemy.orm import Session, aliased

from farm.builds import Build
from farm.database import MOST_ID
from farm.evidence.inputs import ReferenceState
from farm.machines import Machine
from farm.references.table import Reference, ReferenceKind, ReferenceStateRow
from farm.repositories import Repository

COUNTED = 1000  # of each state: whoever has more than that to look at does not count


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
    chosen = newest_ids(kinds, states, below=below, limit=limit + 1)
    statement = known_lines().join(chosen, chosen.c.id == Reference.id).order_by(Reference.id.desc())
    return [ReferenceLine(*row) for row in session.execute(statement.limit(limit + 1))]


def newest_ids(
    kinds: Sequence[str] = (), states: Sequence[str] = (), digest: str = "", *, below: int = 0, limit: int
) -> Subquery:
    """A subquery with at least the ids of the `limit` newest values; `digest` may be the first digits of one."""
    # With a digest its index is walked, and all else looked at behind it: id + 0 and kind || '' have no index.
    number = Reference.id + 0 if digest else Reference.id
    newest = select(Reference.id).order_by(number.desc()).limit(limit)
    if below:
        newest = newest.where(number < below)
    if digest:
        # A range instead of LIKE: it uses the index on every database.
        newest = newest.where(Reference.digest.between(digest, digest + "g"))
        for column, values in ((Reference.kind, kinds), (Reference.state, states)):
            newest = newest.where(column.concat("").in_(values)) if values else newest
        return newest.subquery()
    if not kinds and not states:
        return newest.subquery()
    # One part for each kind and state, along their index: it has no order of ids over several of them.
    each = product(kinds or tuple(ReferenceKind), states or tuple(ReferenceState))
    parts = [newest.where(Reference.kind == kind, Reference.state == state).subquery() for kind, state in each]
    return union_all(*map(select, parts)).subquery()


def reference_lines(session: Session, digests: Sequence[str], at: datetime | None = None) -> list[ReferenceLine]:
    """The values of images and modules with one of these digests, as they were known at a moment, now without one."""
    statement = known_lines(at).where(Reference.digest.in_(digests), Reference.kind != ReferenceKind.FIRMWARE)
    return sorted((ReferenceLine(*row) for row in session.execute(statement)), key=lambda row: row.id)


def line(session: Session, number: int) -> ReferenceLine | None:
    """One value, by its id."""
    if number > MOST_ID:
        return None
    row = session.execute(known_lines().where(Reference.id == number)).one_or_none()
    return ReferenceLine(*row) if row else None


def totals(session: Session) -> dict[str, int]:
    """How many values are in each state; `COUNTED` + 1 means that there are more than that."""
    kinds = tuple(ReferenceKind)  # named, because the index begins with the kind
    each = [
        select(Reference.id).where(Reference.kind.in_(kinds), Reference.state == state).limit(COUNTED + 1)
        for state in ReferenceState
    ]
    counts = select(*(select(func.count()).select_from(one.subquery()).scalar_subquery() for one in each))
    found = session.execute(counts).one()
    return {str(state): number for state, number in zip(ReferenceState, found, strict=True) if number}


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
