"""The questions that lists ask: what was submitted, built and booted, filtered, newest first, by cursor.

A cursor is the id after which the next page begins, so a page costs the same at the beginning and at the millionth row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, lazyload

from farm import boots, builds
from farm.appraisals import AppraisalRow
from farm.asking.newest import unindexed
from farm.boots import Boot
from farm.builds import Build
from farm.evidence.results import Tier
from farm.machines import Machine
from farm.repositories import Repository
from farm.states import BootState, Verdict
from farm.submissions import Submission

Row = TypeVar("Row", Boot, Build, Submission)


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to. Values of one field are OR, fields are AND; empty means all."""

    repository: Sequence[str] = ()
    commit: str = ""  # a prefix
    machine: Sequence[str] = ()
    verdict: Sequence[str] = ()  # verdicts, or "waiting" and "running"
    image: str = ""
    submission: int | None = None
    person: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Where a page begins and how long it is."""

    before: int | None = None  # ids below this one
    limit: int = 50


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """One page of rows; `next` is the cursor of the page after it, None at the end."""

    rows: list[Row]
    next: int | None


def _page(session: Session, statement: Select[Row], kind: type[Row], page: Page) -> Listed[Row]:
    if page.before is not None:
        statement = statement.where(kind.id < page.before)
    rows = list(session.scalars(statement.order_by(kind.id.desc()).limit(page.limit + 1)).unique())
    more = len(rows) > page.limit
    return Listed(rows[: page.limit], rows[page.limit - 1].id if more else None)


def _common(statement: Select[Row], kind: type[Row], wanted: Filter) -> Select[Row]:
    if wanted.repository:
        known = select(Repository.id).where(Repository.name.in_(wanted.repository))
        statement = statement.where(kind.repository_id.in_(known))
    if wanted.since:
        statement = statement.where(kind.created_at >= wanted.since)
    if wanted.until:
        statement = statement.where(kind.created_at < wanted.until)
    return statement


_STATES = {"waiting": ("queued", "leased"), "running": ("running",)}


def _verdicts(statement: Select[Row], kind: type[Boot] | type[Build], words: Sequence[str]) -> Select[Row]:
    if not words:
        return statement
    live = boots.LIVE if kind is Boot else builds.LIVE
    ended = kind.verdict.in_([word for word in words if word in set(Verdict)])
    states = [state for word in words for state in _STATES.get(word, ())]
    return statement.where(or_(ended, and_(live, kind.state.in_(states))) if states else ended)


# What a row of a list shows comes in one query, without the JSON that only a boot's own page needs.
_AS_ROW = (
    defer(Boot.steps),
    defer(Boot.timings),
    defer(Boot.expectations),
    joinedload(Boot.build).options(defer(Build.steps), defer(Build.recipe), joinedload(Build.repository)),
    joinedload(Boot.machine).options(
        defer(Machine.tags), defer(Machine.options), defer(Machine.firmware), lazyload(Machine.lab)
    ),
    joinedload(Boot.repository),
)
_BOOTS = select(Boot).options(*_AS_ROW)
_RUNNING = _BOOTS.where(boots.LIVE, Boot.state == BootState.RUNNING).order_by(Boot.id)


def list_boots(session: Session, wanted: Filter, page: Page) -> Listed[Boot]:
    """Boots, the newest first, with what a row of a list shows of their build and machine."""
    statement = _verdicts(_common(_BOOTS, Boot, wanted), Boot, wanted.verdict)
    if wanted.machine:
        known = select(Machine.id).where(Machine.name.in_(wanted.machine))
        statement = statement.where(Boot.machine_id.in_(known))
    if wanted.image:
        statement = statement.where(Boot.image == wanted.image)
    if wanted.submission:
        statement = statement.where(Boot.submission_id == wanted.submission)
    if wanted.commit:
        statement = statement.where(Boot.build_id.in_(select(Build.id).where(_commit_prefix(Build, wanted.commit))))
    if wanted.person:
        mine = select(Submission.id).where(Submission.person_id == wanted.person)
        statement = statement.where(Boot.submission_id.in_(mine))
    return _page(session, statement, Boot, page)


def list_builds(session: Session, wanted: Filter, page: Page) -> Listed[Build]:
    """Builds, the newest first."""
    statement = _verdicts(_common(select(Build), Build, wanted), Build, wanted.verdict)
    if wanted.commit:
        statement = statement.where(_commit_prefix(Build, wanted.commit))
    return _page(session, statement, Build, page)


def list_submissions(session: Session, wanted: Filter, page: Page) -> Listed[Submission]:
    """Submissions, the newest first."""
    statement = _common(select(Submission), Submission, wanted)
    if wanted.commit:
        statement = statement.where(_commit_prefix(Submission, wanted.commit))
    if wanted.person:
        statement = statement.where(Submission.person_id == wanted.person)
    return _page(session, statement, Submission, page)


def _commit_prefix(kind: type[Build] | type[Submission], prefix: str) -> ColumnElement[bool]:
    # A range instead of LIKE: it uses the index on every database.
    return kind.commit.between(prefix, prefix + "g")


def boots_of_submissions(session: Session, ids: Sequence[int]) -> dict[int, list[Boot]]:
    """The last attempt of each boot chain, by submission, in one query."""
    found: dict[int, dict[int, Boot]] = {number: {} for number in ids}
    for boot in session.scalars(select(Boot).where(Boot.submission_id.in_(ids)).order_by(Boot.id)):
        found[boot.submission_id][boot.chain] = boot
    return {number: list(chains.values()) for number, chains in found.items()}


def running_boots(session: Session, limit: int = 50) -> list[Boot]:
    """Boots that a worker has now, the longest running first."""
    return list(session.scalars(_RUNNING.limit(limit)))


@dataclass(frozen=True)
class QueueState:
    """How much waits, and since when."""

    queued: int
    cant_start: int
    oldest: datetime | None


def queue_state(session: Session) -> QueueState:
    """The waiting boots in three figures."""
    stuck = func.sum(case((Boot.cant_start, 1), else_=0))
    row = session.execute(select(func.count(), stuck, func.min(Boot.id)).where(boots.QUEUED)).one()
    oldest = session.get(Boot, row[2]).created_at if row[2] else None  # type: ignore[union-attr]
    return QueueState(row[0], row[1] or 0, oldest)


def neighbours(session: Session, boot: Boot) -> tuple[int | None, int | None]:
    """The boots before and after this one on the same machine."""
    if boot.machine_id is None:
        return None, None
    same = select(Boot.id).where(Boot.machine_id == boot.machine_id)
    before = session.scalars(same.where(Boot.id < boot.id).order_by(Boot.id.desc()).limit(1)).one_or_none()
    after = session.scalars(same.where(Boot.id > boot.id).order_by(Boot.id).limit(1)).one_or_none()
    return before, after


_NEWEST_TIER = (
    select(AppraisalRow.tier)
    .where(AppraisalRow.boot_id == Boot.id)
    .order_by(AppraisalRow.run.desc())
    .limit(1)
    .correlate(Boot)
    .scalar_subquery()
)


def last_good(session: Session, boot: Boot) -> int | None:
    """The last boot before this one that passed with the same repository on the same machine, and whose evidence, if it
    left some, holds by its newest appraisal: nothing is to be compared with what may not be what it says it is."""
    same = select(Boot.id).where(Boot.machine_id == boot.machine_id, Boot.id < boot.id)
    # Along the machine's boots and no other index: most of them are of one repository and passed.
    passed = same.where(unindexed(Boot.repository_id) == boot.repository_id)
    passed = passed.where(func.coalesce(Boot.verdict, "") == Verdict.PASS)
    sound = func.coalesce(_NEWEST_TIER, Tier.WARNING).in_((Tier.AFFIRMING, Tier.WARNING))
    return session.scalars(passed.where(sound).order_by(Boot.id.desc()).limit(1)).one_or_none()
