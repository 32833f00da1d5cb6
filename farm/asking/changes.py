"""Question: what changed, where, and why: every difference between two appraisals that follow each other."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal_column, select
from sqlalchemy.orm import Session, aliased

from farm.asking.newest import MERGED, merged, unindexed
from farm.asking.pages import Answer, Page, before, cut, micros
from farm.asking.scope import EVERYTHING, Scope
from farm.boots import Boot
from farm.builds import Build
from farm.changes import Change, ChangeKind
from farm.machines import Machine
from farm.pcrs import PcrSource


@dataclass(frozen=True)
class Changed:
    """Which changes. Values of one field are OR, fields are AND; empty means all. `tiers` are those changed to."""

    scope: Scope = EVERYTHING
    kinds: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    pcrs: tuple[int, ...] = ()
    tiers: tuple[str, ...] = ()
    worse: bool = False
    unacknowledged: bool = False
    page: Page = field(default_factory=Page)


@dataclass(frozen=True)
class ChangeLine:
    """One change. Both boots with their commits; `micros` is `at` as the database keeps it."""

    id: int
    machine: str
    repository_id: int
    at: datetime
    kind: str
    what: str
    before: str
    after: str
    worse: bool
    cause: str
    boot_before: int
    commit_before: str
    boot_after: int
    commit_after: str
    reappraisal: int | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    why: str
    micros: int


ORDER = (micros(Change.at), Change.id)


def lines() -> Select[Any]:
    """What a list shows of a change; the caller joins the ids that it chose."""
    old, new, old_build, new_build = aliased(Boot), aliased(Boot), aliased(Build), aliased(Build)
    shown: Select[Any] = (
        select(
            Change.id,
            Machine.name,
            new.repository_id,
            Change.at,
            Change.kind,
            Change.what,
            Change.before,
            Change.after,
            Change.worse,
            Change.cause,
            Change.boot_before,
            old_build.commit,
            Change.boot_after,
            new_build.commit,
            Change.reappraisal_id,
            Change.acknowledged_at,
            Change.acknowledged_by,
            Change.why,
            micros(Change.at),
        )
        .join(Machine, Machine.id == Change.machine_id)
        .join(old, old.id == Change.boot_before)
        .join(old_build, old_build.id == old.build_id)
        .join(new, new.id == Change.boot_after)
        .join(new_build, new_build.id == new.build_id)
    )
    return shown


def changes(session: Session, asked: Changed) -> Answer[ChangeLine]:
    """Changes, the newest first."""
    machines = asked.scope.machines
    if machines == ():
        return Answer([])
    whats = _whats(asked)
    if machines is not None and len(machines) <= MERGED:
        chosen = merged(machines, lambda one: _keys(asked).where(Change.machine_id == one))
    elif whats:
        chosen = merged(whats, lambda one: _keys(asked).where(Change.what == one))
    else:
        chosen = _keys(asked).subquery()
    statement = lines().join(chosen, chosen.c.id == Change.id).order_by(*(column.desc() for column in ORDER))
    found = [ChangeLine(*row) for row in session.execute(statement.limit(asked.page.limit + 1))]
    return cut(found, asked.page, lambda row: (row.micros, row.id))


def _pcrs(asked: Changed) -> tuple[str, ...]:
    return tuple(f"PCR{pcr} {source}" for pcr in asked.pcrs for source in PcrSource)


def _whats(asked: Changed) -> tuple[str, ...]:
    """What can have changed, where that is a short list: an index has it."""
    if asked.tiers:
        return (ChangeKind.TIER,)
    return _pcrs(asked) or (() if ChangeKind.PCR in asked.kinds else asked.kinds)


def _keys(asked: Changed) -> Select[Any]:
    keys = narrowed(select(Change.id), asked).order_by(*(column.desc() for column in ORDER))
    if asked.page.after:
        keys = keys.where(before(ORDER, asked.page.key(2)))
    return keys.limit(asked.page.limit + 1)


def narrowed(keys: Select[Any], asked: Changed) -> Select[Any]:
    """Only what was asked for, whatever the order and the machine."""
    scope = asked.scope
    if scope.since:
        keys = keys.where(Change.at >= scope.since)
    if scope.until:
        keys = keys.where(Change.at < scope.until)
    if scope.at:
        keys = keys.where(Change.at <= scope.at)
    each = (
        (Change.kind, asked.kinds),
        (Change.cause, asked.causes),
        (Change.what, _pcrs(asked)),
        (Change.after, asked.tiers),
    )
    for column, values in each:
        if values:
            keys = keys.where(column == values[0] if len(values) == 1 else column.in_(values))
    if scope.machines is not None and len(scope.machines) > MERGED:
        keys = keys.where(unindexed(Change.machine_id).in_(scope.machines))
    if scope.repositories is not None:
        keys = keys.join(Boot, Boot.id == Change.boot_after).where(Boot.repository_id.in_(scope.repositories))
    # In the words of the partial indexes.
    if asked.worse:
        keys = keys.where(literal_column("changes.worse"))
    if asked.unacknowledged:
        keys = keys.where(Change.acknowledged_at.is_(None))
    return keys
