"""Question: which images are known, what was decided about each, on how many machines each ran, and how far proven."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, true
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow, Outcome
from farm.artifacts import Artifact
from farm.asking.latest import ERROR
from farm.asking.newest import known_by
from farm.asking.pages import Answer, Page, Statement, before, cut, exact, micros
from farm.boots import Boot
from farm.evidence.results import Tier
from farm.machines import Machine
from farm.references import Reference, ReferenceKind
from farm.references.lines import ReferenceLine, known_lines


@dataclass(frozen=True)
class Ranges:
    """Where an image ran. `tiers` has the number of machines by the tier of each one's newest evidence of the image,
    the worst first: `none` where it gave none, `verifier error` where the verifier failed."""

    machines: int = 0
    tiers: dict[str, int] = field(default_factory=dict)
    last_boot: int | None = None
    last_at: datetime | None = None


@dataclass(frozen=True)
class KnownImage:
    """One image: its reference value with the newest decision about it, and where it ran."""

    value: ReferenceLine
    ran: Ranges


_WORST_FIRST = (Tier.CONTRAINDICATED, ERROR, Tier.WARNING, Tier.NONE, Tier.AFFIRMING)
_ORDER = (micros(Reference.created_at), Reference.id)


def known_images(session: Session, at: datetime | None = None, page: Page | None = None) -> Answer[KnownImage]:
    """The images, the newest first; `at` shows what was known of them then: values, decisions, boots and tiers."""
    page = page or Page()
    values = known_lines(at).where(Reference.kind == ReferenceKind.IMAGE)
    values = values.order_by(*(column.desc() for column in _ORDER)).limit(page.limit + 1)
    if page.after:
        values = values.where(before(_ORDER, page.key(2)))
    found = cut(
        [ReferenceLine(*row) for row in session.execute(values)], page, lambda row: (exact(row.created_at), row.id)
    )
    ran = _ran(session, [one.id for one in found.rows], at)
    return Answer([KnownImage(one, ran.get(one.id, Ranges())) for one in found.rows], found.next)


def _ran(session: Session, values: Sequence[int], at: datetime | None) -> dict[int, Ranges]:
    """By the id of the reference value; an image that never ran has no entry."""
    rows: dict[int, list[Any]] = defaultdict(list)
    for value, *row in session.execute(_tally(values, at)) if values else ():
        rows[value].append(row)
    return {value: _ranges(mine) for value, mine in rows.items()}


def _ranges(rows: list[Any]) -> Ranges:
    machines = {tier: number for tier, number, _, _ in rows}
    last_boot, last_at = max((boot, started) for _, _, boot, started in rows)
    ordered = {str(tier): machines[tier] for tier in _WORST_FIRST if tier in machines}
    return Ranges(sum(machines.values()), ordered, last_boot, last_at)


def _tally(values: Sequence[int], at: datetime | None) -> Statement:
    """(value, tier, machines, newest boot, its start): machines by the tier of their newest evidence of the image."""
    pair, row = _pairs(values, at).subquery("pair"), aliased(AppraisalRow)
    last, gave = _later(pair.c.handed, pair.c.stated), _later(pair.c.judged, pair.c.stated)
    # The tier itself, one look for each pair: for a join of as many rows PostgreSQL would read all appraisals.
    tier = select(case((row.outcome == Outcome.ERROR, ERROR), else_=row.tier)).where(row.boot_id == gave)
    tier = tier.where(row.at <= at) if at else tier
    newest = tier.order_by(row.run.desc()).limit(1).correlate(pair).scalar_subquery()
    shown = func.coalesce(newest, str(Tier.NONE)).label("tier")
    # A machine that never ran it has no boot, and so is not counted; to ask for that would look for each boot again.
    each = select(pair.c.value, shown, last.label("boot")).subquery("each")
    machines, boot = func.count(each.c.boot).label("machines"), func.max(each.c.boot).label("boot")
    counted = select(each.c.value, each.c.tier, machines, boot)
    tally = counted.group_by(each.c.value, each.c.tier).subquery("tally")
    return select(tally, Boot.started_at).join(Boot, Boot.id == tally.c.boot)


def _later(one: Any, other: Any) -> Any:
    """The later of two boots, of which either may be missing."""
    return case((func.coalesce(one, 0) > func.coalesce(other, 0), one), else_=other)


def _pairs(values: Sequence[int], at: datetime | None) -> Statement:
    """(value, machine, boots): the newest boot of each machine that was handed the image, the newest of those that was
    judged, and the newest whose evidence states it, whatever it was handed. One look into an index for each.
    """
    # Distinct, so that it is worked out first, for as many rows as there are values.
    file = (
        select(Reference.id.label("value"), Reference.digest.label("stated"), Artifact.digest)
        .outerjoin(Artifact, Artifact.image_digest == Reference.digest)
        .where(Reference.id.in_(values))
        .distinct()
        .subquery("file")
    )
    row = aliased(AppraisalRow)
    known = [known_by(row.at, at)] if at else []
    handed = select(Boot.id).where(Boot.image == file.c.digest, Boot.machine_id == Machine.id)
    handed = handed.where(known_by(Boot.started_at, at) if at else Boot.started_at.is_not(None)).order_by(
        Boot.id.desc()
    )
    of_machine = select(row.boot_id).where(row.machine_id == Machine.id, *known).order_by(row.boot_id.desc())
    judged, stated = of_machine.where(row.image == file.c.digest), of_machine.where(row.image_digest == file.c.stated)
    each = [
        func.max(one.limit(1).correlate(Machine, file).scalar_subquery()).label(name)
        for name, one in (("handed", handed), ("judged", judged), ("stated", stated))
    ]
    pairs = select(file.c.value, Machine.id.label("machine"), *each).select_from(file).join(Machine, true())
    return pairs.group_by(file.c.value, Machine.id)
