"""Question: all appraisals of a machine between two times, and of many machines or a repository likewise."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow, Outcome
from farm.asking.images import ImageNames
from farm.asking.newest import MERGED, merged, unindexed
from farm.asking.pages import Answer, Page, Statement, before, cut, exact, micros
from farm.asking.scope import EVERYTHING, Scope
from farm.builds import Build
from farm.database import word
from farm.evidence.step_names import ALL
from farm.machines import Machine
from farm.policies import StoredPolicy
from farm.repositories import Repository
from farm.states import Cause

REASONS = (*ALL, str(Cause.VERIFIER_ERROR))
"""What the reason of an appraisal can be: the step that kept it from affirming, or that the verifier failed."""


@dataclass(frozen=True)
class Appraised:
    """Which appraisals. Values of one field are OR, fields are AND; empty means all.

    `keys` are whole Names of the application's or the machine's key. Of `images` are appraisals of a boot that was
    handed one of them, and of one whose evidence states it.
    """

    scope: Scope = EVERYTHING
    tiers: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()  # names
    keys: tuple[str, ...] = ()
    images: tuple[ImageNames, ...] = ()
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
    if asked.scope.machines == ():
        return Answer([])
    keys, arms = _keys(asked), _arms(asked)
    chosen = merged(range(len(arms)), lambda number: keys.where(arms[number]))
    statement = _LINES.join(chosen, chosen.c.id == AppraisalRow.id).limit(asked.page.limit + 1)
    found = [_line(row) for row in session.execute(statement)]
    return cut(found, asked.page, lambda line: (exact(line.at), line.id))


Condition = ColumnElement[bool]


def _arms(asked: Appraised) -> list[Condition]:
    """Conditions that exclude each other, each along an index of its own: of what is rarest in what was asked for."""
    machines = asked.scope.machines
    if machines is not None and len(machines) <= MERGED and not _is_led(asked):
        return [_ROW.machine_id == one for one in machines]
    rest: list[Condition] = [] if machines is None else [unindexed(_ROW.machine_id).in_(machines)]
    if asked.keys and asked.images:
        rest.append(or_(*_of_images(asked.images, unindexed(_ROW.image), unindexed(_ROW.image_digest))))
    arms = _of_keys(asked.keys) or _of_images(asked.images, _ROW.image, _ROW.image_digest) or [true()]
    return [and_(arm, *rest) for arm in arms]


def _is_led(asked: Appraised) -> bool:
    """Whether keys or images lead: whatever else was asked for is checked on their rows, which are few."""
    return bool(asked.keys or asked.images)


def _of_keys(keys: tuple[str, ...]) -> list[Condition]:
    own, machines = _ROW.ak_name, _ROW.platform_ak_name
    arms = [and_(own == one, own != word("")) for one in keys]
    return arms + [and_(machines == one, machines != word(""), unindexed(own).not_in(keys)) for one in keys]


def _of_images(images: tuple[ImageNames, ...], file: Any, stated: Any) -> list[Condition]:
    files = [one.digest for image in images for one in image.files]
    arms: list[Condition] = [file == one for one in dict.fromkeys(files)]
    others = dict.fromkeys(one for image in images for one in image.stated)
    return arms + [and_(stated == one, unindexed(_ROW.image).not_in(files)) for one in others]


def _keys(asked: Appraised) -> Statement:
    """The ids of the page, to which everything else is joined afterwards; the arms narrow them further."""
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
        (row.firmware, asked.firmware),
    ):
        if values:
            found = unindexed(column) if _is_led(asked) else column
            keys = keys.where(found == values[0] if len(values) == 1 else found.in_(values))
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
