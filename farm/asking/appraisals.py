"""Question: all appraisals of a machine between two times, and of many machines or a repository likewise."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow, Outcome
from farm.asking.newest import MERGED, merged, unindexed
from farm.asking.pages import Answer, Page, Statement, before, cut, exact, micros
from farm.asking.scope import EVERYTHING, Scope
from farm.builds import Build
from farm.database import word
from farm.machines import Machine
from farm.policies import StoredPolicy
from farm.repositories import Repository


@dataclass(frozen=True)
class Appraised:
    """Which appraisals. Values of one field are OR, fields are AND; empty means all."""

    scope: Scope = EVERYTHING
    tiers: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    commit: str = ""  # a prefix
    page: Page = field(default_factory=Page)

    def on(self, page: Page) -> "Appraised":
        """The same question, another page."""
        return replace(self, page=page)


@dataclass(frozen=True)
class AppraisalLine:
    """One appraisal in a list. Times are UTC, digests hex; `policy` is `name@version`."""

    id: int
    run: int
    boot: int
    machine: str
    repository: str
    build: int
    commit: str
    image: str
    image_digest: str
    firmware: str
    ak_name: str
    platform_ak_name: str
    policy: str
    verifier: str
    at: datetime
    outcome: str
    tier: str
    reason: str
    statement: str


_POLICY = 12  # where a row has the policy's name, and its version behind it
_ROW = AppraisalRow.__table__.c
_ORDER = (micros(_ROW.at), _ROW.id)
_LINES = (
    select(
        AppraisalRow.id,
        AppraisalRow.run,
        AppraisalRow.boot_id,
        Machine.name,
        Repository.name,
        AppraisalRow.build_id,
        AppraisalRow.commit,
        AppraisalRow.image,
        AppraisalRow.image_digest,
        AppraisalRow.firmware,
        AppraisalRow.ak_name,
        AppraisalRow.platform_ak_name,
        StoredPolicy.name,
        StoredPolicy.version,
        AppraisalRow.verifier,
        AppraisalRow.at,
        AppraisalRow.outcome,
        AppraisalRow.tier,
        AppraisalRow.reason,
        AppraisalRow.statement,
    )
    .select_from(AppraisalRow)
    .join(Machine, Machine.id == AppraisalRow.machine_id)
    .join(Repository, Repository.id == AppraisalRow.repository_id)
    .join(StoredPolicy, StoredPolicy.id == AppraisalRow.policy_id)
    .order_by(*(column.desc() for column in _ORDER))
)


def appraisals(session: Session, asked: Appraised) -> Answer[AppraisalLine]:
    """Appraisals, the newest first."""
    machines = asked.scope.machines
    if machines == ():
        return Answer([])
    keys = _keys(asked)
    if machines is not None and len(machines) <= MERGED:
        chosen = merged(machines, lambda one: keys.where(_ROW.machine_id == one))
    else:
        if machines is not None:
            keys = keys.where(unindexed(_ROW.machine_id).in_(machines))
        chosen = keys.subquery()
    statement = _LINES.join(chosen, chosen.c.id == AppraisalRow.id).limit(asked.page.limit + 1)
    found = [_line(row) for row in session.execute(statement)]
    return cut(found, asked.page, lambda line: (exact(line.at), line.id))


def _keys(asked: Appraised) -> Statement:
    """The ids of the page, to which everything else is joined afterwards."""
    scope, row = asked.scope, _ROW
    keys: Statement = select(row.id).order_by(*(column.desc() for column in _ORDER)).limit(asked.page.limit + 1)
    if asked.page.after:
        keys = keys.where(before(_ORDER, asked.page.key(2)))
    if scope.since:
        keys = keys.where(row.at >= scope.since)
    if scope.until:
        keys = keys.where(row.at < scope.until)
    if scope.at:
        keys = keys.where(row.at <= scope.at)
    for column, values in (
        (row.repository_id, scope.repositories),
        (row.tier, asked.tiers),
        (row.outcome, asked.outcomes),
        (row.reason, asked.reasons),
    ):
        if values:
            keys = keys.where(column == values[0] if len(values) == 1 else column.in_(values))
    # In the words of the partial indexes, which have what is rare.
    if asked.reasons:
        keys = keys.where(row.reason != word(""))
    if asked.outcomes == (Outcome.ERROR,):
        keys = keys.where(row.outcome == word(Outcome.ERROR))
    if asked.commit:
        built = select(Build.id).where(Build.commit.between(asked.commit, asked.commit + "g"))
        keys = keys.where(row.build_id.in_(built))
    return keys


def _line(row: Any) -> AppraisalLine:
    cells = list(row)
    cells[_POLICY : _POLICY + 2] = [f"{cells[_POLICY]}@{cells[_POLICY + 1]}"]
    return AppraisalLine(*cells)
