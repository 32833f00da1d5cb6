"""Question: what changed, where, and why: every difference between two appraisals that follow each other."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from farm.asking.newest import MERGED, merged, unindexed
from farm.asking.pages import Answer, Page, Statement, before, cut, exact, micros
from farm.asking.scope import EVERYTHING, Scope
from farm.boots import Boot
from farm.builds import Build
from farm.changes import Change, ChangeCause, ChangeKind
from farm.database import word
from farm.machines import Machine
from farm.pcrs import PcrSource


@dataclass(frozen=True)
class Changed:
    """Which changes. Values of one field are OR, fields are AND; empty means all. `tiers` are those changed to.

    `news` leaves out what follows from a new image, as expected, but never a tier: whatever its cause, it is news.
    """

    scope: Scope = EVERYTHING
    kinds: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    pcrs: tuple[int, ...] = ()
    tiers: tuple[str, ...] = ()
    worse: bool = False
    unacknowledged: bool = False
    news: bool = False
    page: Page = field(default_factory=Page)

    def on(self, page: Page) -> "Changed":
        """The same question, another page."""
        return replace(self, page=page)


@dataclass(frozen=True)
class ChangeLine:
    """One change. Both boots with their commits."""

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


_ROW = Change.__table__.c
ORDER = (micros(_ROW.at), _ROW.id)


def lines(at: datetime | None) -> Statement:
    """What a list shows of a change, as known at a moment; the caller joins the ids that it chose."""
    old, new, old_build, new_build = aliased(Boot), aliased(Boot), aliased(Build), aliased(Build)
    return (
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
            case((acknowledged(Change, at), Change.acknowledged_at)),
            *(case((acknowledged(Change, at), said), else_="") for said in (Change.acknowledged_by, Change.why)),
        )
        .select_from(Change)
        .join(Machine, Machine.id == Change.machine_id)
        .join(old, old.id == Change.boot_before)
        .join(old_build, old_build.id == old.build_id)
        .join(new, new.id == Change.boot_after)
        .join(new_build, new_build.id == new.build_id)
    )


def acknowledged(change: Any, at: datetime | None) -> ColumnElement[bool]:
    """Whether somebody had acknowledged it by a moment, by now without one."""
    when: ColumnElement[Any] = change.acknowledged_at
    return when <= at if at else when.is_not(None)


def changes(session: Session, asked: Changed) -> Answer[ChangeLine]:
    """Changes, the newest first."""
    machines = asked.scope.machines
    if machines == ():
        return Answer([])
    keys, whats = _keys(asked), _whats(asked)
    if machines is not None and len(machines) <= MERGED:
        parts = [keys.where(_ROW.machine_id == one) for one in machines]
    elif whats and not _is_news(asked):
        parts = [keys.where(_ROW.what == one) for one in whats]
    else:
        parts = [keys]
    chosen = merged(range(len(parts)), lambda number: parts[number])
    statement = lines(asked.scope.at).join(chosen, chosen.c.id == Change.id).limit(asked.page.limit + 1)
    found = [ChangeLine(*row) for row in session.execute(statement.order_by(*(column.desc() for column in ORDER)))]
    return cut(found, asked.page, lambda row: (exact(row.at), row.id))


# In the words of the partial indexes.
_NEWS = or_(_ROW.cause != word(ChangeCause.IMAGE), _ROW.kind == word(ChangeKind.TIER))


def _is_news(asked: Changed) -> bool:
    """Whether what is news leads, which is rare among changes; tiers are news anyway, and have indexes of their own."""
    return asked.news and not asked.worse and not asked.tiers


def _pcrs(asked: Changed) -> tuple[str, ...]:
    return tuple(f"PCR{pcr} {source}" for pcr in asked.pcrs for source in PcrSource)


def _whats(asked: Changed) -> tuple[str, ...]:
    """What can have changed, where that is a short list: an index has it."""
    if asked.tiers:
        return (ChangeKind.TIER,)
    return _pcrs(asked) or (() if ChangeKind.PCR in asked.kinds else asked.kinds)


def _keys(asked: Changed) -> Statement:
    keys = narrowed(asked).order_by(*(column.desc() for column in ORDER))
    if asked.page.after:
        keys = keys.where(before(ORDER, asked.page.key(2)))
    return keys.limit(asked.page.limit + 1)


def narrowed(asked: Changed) -> Statement:
    """Ids of what was asked for, whatever the order and the machine."""
    scope = asked.scope
    keys: Statement = select(_ROW.id)
    if scope.since:
        keys = keys.where(_ROW.at >= scope.since)
    if scope.until:
        keys = keys.where(_ROW.at < scope.until)
    if scope.at:
        keys = keys.where(_ROW.at <= scope.at)
    each = (
        (_ROW.kind, asked.kinds),
        (_ROW.cause, asked.causes),
        (_ROW.what, _pcrs(asked)),
        (_ROW.after, asked.tiers),
    )
    news = _is_news(asked)
    if news:
        keys = keys.where(_NEWS)
    for column, values in each:
        if values:
            found = unindexed(column) if news else column
            keys = keys.where(found == values[0] if len(values) == 1 else found.in_(values))
    if scope.machines is not None and len(scope.machines) > MERGED:
        keys = keys.where(unindexed(_ROW.machine_id).in_(scope.machines))
    if scope.repositories is not None:
        keys = keys.join(Boot, Boot.id == _ROW.boot_after).where(Boot.repository_id.in_(scope.repositories))
    # In the words of the partial indexes, as above.
    if asked.causes and ChangeCause.IMAGE not in asked.causes:
        keys = keys.where(_ROW.cause != word(ChangeCause.IMAGE))
    if asked.worse:
        keys = keys.where(literal_column("changes.worse"))
    if asked.unacknowledged:
        when = unindexed(micros(_ROW.acknowledged_at)) if news else _ROW.acknowledged_at
        keys = keys.where(or_(when.is_(None), *([_ROW.acknowledged_at > scope.at] if scope.at else [])))
    return keys
