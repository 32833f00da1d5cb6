"""Question: machines whose tier got worse lately, and where they stand now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow
from farm.asking.changes import acknowledged
from farm.asking.latest import newest_appraisal
from farm.asking.newest import unindexed
from farm.asking.pages import Answer, Page, Statement, beyond, cut
from farm.asking.scope import Scope
from farm.changes import Change, ChangeKind
from farm.database import now
from farm.machines import Machine

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Worse:
    """One machine. `times` it got worse in the time asked for; the rest tells the last time. `tier` is that of now, or
    of the moment of which was asked."""

    id: int
    machine: str
    times: int
    at: datetime
    before: str
    after: str
    cause: str
    boot_before: int
    boot_after: int
    acknowledged_by: str
    tier: str | None


def machines_that_got_worse(session: Session, scope: Scope, page: Page | None = None) -> Answer[Worse]:
    """The machines, by id; of the last seven days unless `since` says otherwise."""
    page = page or Page(limit=500)
    chosen, last, stands = _falls(scope).subquery("falls"), aliased(Change), aliased(AppraisalRow)
    statement = (
        select(
            Machine.id,
            Machine.name,
            chosen.c.times,
            last.at,
            last.before,
            last.after,
            last.cause,
            last.boot_before,
            last.boot_after,
            case((acknowledged(last, scope.at), last.acknowledged_by), else_=""),
            select(stands.tier).where(stands.id == newest_appraisal(scope.at)).scalar_subquery(),
        )
        .join_from(chosen, last, last.id == chosen.c.last)
        .join(Machine, Machine.id == last.machine_id)
        .order_by(Machine.id)
        .limit(page.limit + 1)
    )
    if page.after:
        statement = statement.where(beyond((Machine.id,), page.key(1)))
    return cut([Worse(*row) for row in session.execute(statement)], page, lambda row: (row.id,))


def _falls(scope: Scope) -> Statement:
    end = scope.end
    machine = unindexed(Change.machine_id)  # grouped after the partial index has found the few, not before
    falls = select(func.max(Change.id).label("last"), func.count().label("times"))
    # In the words of the partial index; SQLite would not know `worse = 1` for the same.
    falls = falls.where(literal_column("changes.worse"), unindexed(Change.kind) == ChangeKind.TIER)
    falls = falls.where(Change.at >= (scope.since or (end or now()) - WEEK))
    if end:
        falls = falls.where(Change.at < end)
    if scope.machines is not None:
        falls = falls.where(machine.in_(scope.machines))
    return falls.group_by(machine)
