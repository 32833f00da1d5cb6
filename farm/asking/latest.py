"""Question: the latest tier of each machine. Silence, and a fault of ours, are answers of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, or_, select
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow, Outcome
from farm.asking.pages import Answer, Page, Statement, beyond, cut
from farm.asking.scope import Scope
from farm.boots import Boot
from farm.database import now
from farm.machines import Machine
from farm.states import Verdict

NEVER, SILENT, ERROR = "never attested", "silent", "verifier error"
STATUSES = ("affirming", "warning", "contraindicated", "none", NEVER, SILENT, ERROR)
SILENT_AFTER = timedelta(days=7)
"""A machine whose last evidence is older is silent: an old affirming must not look like health."""


@dataclass(frozen=True)
class LatestTier:
    """What is known of one machine. `status` is the tier, or why there is none that counts; `tier` is the last one.

    `since` is when the last evidence was given (when the machine was added, if it never gave any). `boot` gave it, and
    `last_boot` is the newest boot that ran to a verdict of its own: a later one than `boot` gave no evidence.
    """

    id: int
    machine: str
    status: str
    since: datetime
    tier: str
    reason: str
    statement: str
    appraisal: int | None
    boot: int | None
    last_boot: int | None
    commit: str
    image: str
    firmware: str
    verifier: str
    appraised_at: datetime | None


# Boots that say something about silence: the machine ran. Lost power or a cancelled boot says nothing.
_RAN = (Verdict.PASS, Verdict.FAIL)


@dataclass(frozen=True)
class Stands:
    """Where machines stand. Values of one field are OR, fields are AND; empty means all.

    `reasons` and `firmware` are of the appraisal that a machine stands on; one that never gave evidence has neither.
    """

    statuses: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()

    def holds(self, row: LatestTier) -> bool:
        """Whether a machine that was read already is among them."""
        each = ((row.status, self.statuses), (row.reason, self.reasons), (row.firmware, self.firmware))
        return all(not wanted or value in wanted for value, wanted in each)


ANYWHERE = Stands()


def latest_tiers(
    session: Session, scope: Scope, stands: Stands = ANYWHERE, page: Page | None = None
) -> Answer[LatestTier]:
    """Each machine's newest boot with evidence under its newest run, by the machines' ids."""
    page = page or Page(limit=500)
    rows = session.execute(_statement(scope, stands, page)).all()
    return cut([LatestTier(*row) for row in rows], page, lambda row: (row.id,))


def _statement(scope: Scope, stands: Stands, page: Page) -> Statement:
    newest, gave, last = aliased(AppraisalRow), aliased(Boot), aliased(Boot)
    given_at = gave.finished_at
    status = _status(newest, given_at, last, (scope.at or now()) - SILENT_AFTER).label("status")
    statement = (
        select(
            Machine.id,
            Machine.name,
            status,
            case((newest.id.is_(None), Machine.created_at), else_=given_at),
            _text(newest.tier),
            _text(newest.reason),
            _text(newest.statement),
            newest.id,
            newest.boot_id,
            last.id,
            _text(newest.commit),
            _text(newest.image),
            _text(newest.firmware),
            _text(newest.verifier),
            newest.at,
        )
        .select_from(Machine)
        .outerjoin(newest, newest.id == newest_appraisal(scope.at))
        .outerjoin(gave, gave.id == newest.boot_id)
        .outerjoin(last, last.id == _last_boot(scope.at))
        .order_by(Machine.id)
        .limit(page.limit + 1)
    )
    if scope.machines is not None:
        statement = statement.where(Machine.id.in_(scope.machines))
    if scope.at:
        statement = statement.where(Machine.created_at <= scope.at)
    for column, values in (
        (status, stands.statuses),
        (newest.reason, stands.reasons),
        (newest.firmware, stands.firmware),
    ):
        if values:
            statement = statement.where(column.in_(values))
    if page.after:
        statement = statement.where(beyond((Machine.id,), page.key(1)))
    return statement


def _status(newest: Any, given_at: Any, last: Any, stale: datetime) -> ColumnElement[str]:
    silent = or_(and_(last.id.is_not(None), last.id > newest.boot_id), given_at < stale)
    return case(
        (newest.id.is_(None), NEVER),
        (silent, SILENT),
        (newest.outcome == Outcome.ERROR, ERROR),
        else_=newest.tier,
    )


def _text(column: Any) -> ColumnElement[str]:
    return case((column.is_(None), literal("")), else_=column)


def newest_appraisal(at: datetime | None) -> Any:
    """The id of what `Machine` stands on: of its newest boot with evidence the newest run, as known at a moment."""
    row = aliased(AppraisalRow)
    same = select(row.id).where(row.machine_id == Machine.id)
    if at is None:
        return same.order_by(row.boot_id.desc(), row.run.desc()).limit(1).correlate(Machine).scalar_subquery()
    # A later run judges the same boot, so which boot was the newest is read off the first runs alone.
    first = aliased(AppraisalRow)
    boot = select(first.boot_id).where(first.machine_id == Machine.id, first.run == literal(0, literal_execute=True))
    boot = boot.where(first.at <= at).order_by(first.at.desc(), first.boot_id.desc()).limit(1).correlate(Machine)
    known = select(row.id).where(row.boot_id == boot.scalar_subquery(), row.at <= at)
    return known.order_by(row.run.desc()).limit(1).correlate(Machine).scalar_subquery()


def _last_boot(at: datetime | None) -> Any:
    boot = aliased(Boot)
    ran = select(boot.id).where(boot.machine_id == Machine.id, boot.verdict.in_(_RAN), boot.finished_at.is_not(None))
    if at is not None:
        ran = ran.where(boot.finished_at <= at)
    order = (boot.finished_at.desc(), boot.id.desc())
    return ran.order_by(*order).limit(1).correlate(Machine).scalar_subquery()
