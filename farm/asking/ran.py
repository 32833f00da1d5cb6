"""Question: which machines ever ran an image, when first and last, how often, and whether they proved it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow
from farm.asking.images import ImageNames
from farm.asking.newest import known_by
from farm.asking.pages import Answer, Page, Statement, beyond, cut
from farm.asking.scope import Scope
from farm.boots import Boot
from farm.machines import Machine


@dataclass(frozen=True)
class Ran:
    """One machine that ran it. `attested` of its `boots` gave evidence; the tier is that of the newest that did.

    A boot counts when it was handed the image, or when its evidence states the image although another was meant.
    """

    id: int
    machine: str
    boots: int
    attested: int
    first_boot: int
    first_at: datetime
    last_boot: int
    last_at: datetime
    tier: str | None
    outcome: str | None
    reason: str | None
    appraised_boot: int | None


def machines_that_ran(session: Session, image: ImageNames, scope: Scope, page: Page | None = None) -> Answer[Ran]:
    """The machines, by id."""
    page = page or Page(limit=500)
    rows = session.execute(_statement(image, scope, page)).all()
    return cut([Ran(*row) for row in rows], page, lambda row: (row.id,))


def _statement(image: ImageNames, scope: Scope, page: Page) -> Statement:
    every = _boots(image, scope).subquery("every_boot")
    ran = (
        select(
            every.c.machine_id,
            func.count().label("boots"),
            func.min(every.c.id).label("first"),
            func.max(every.c.id).label("last"),
        )
        .group_by(every.c.machine_id)
        .subquery("ran")
    )
    first, last, newest = aliased(Boot), aliased(Boot), aliased(AppraisalRow)
    evidenced = select(func.count(AppraisalRow.boot_id.distinct())).where(*_proofs(AppraisalRow, image, scope, ran))
    statement = (
        select(
            Machine.id,
            Machine.name,
            ran.c.boots,
            evidenced.correlate(ran).scalar_subquery(),
            ran.c.first,
            first.started_at,
            ran.c.last,
            last.started_at,
            newest.tier,
            newest.outcome,
            newest.reason,
            newest.boot_id,
        )
        .join_from(ran, Machine, Machine.id == ran.c.machine_id)
        .join(first, first.id == ran.c.first)
        .join(last, last.id == ran.c.last)
        .outerjoin(newest, newest.id == _newest(image, scope, ran))
        .order_by(Machine.id)
        .limit(page.limit + 1)
    )
    return statement.where(beyond((Machine.id,), page.key(1))) if page.after else statement


def _boots(image: ImageNames, scope: Scope) -> Any:
    """(machine, boot) of every boot that was handed the image, or whose evidence states it."""
    handed = select(Boot.machine_id, Boot.id).where(Boot.image.in_([one.digest for one in image.files]))
    handed = handed.where(Boot.started_at.is_not(None))
    stated = select(AppraisalRow.machine_id, AppraisalRow.boot_id.label("id"))
    stated = stated.where(AppraisalRow.image_digest.in_(image.stated))
    if scope.machines is not None:
        handed = handed.where(Boot.machine_id.in_(scope.machines))
        stated = stated.where(AppraisalRow.machine_id.in_(scope.machines))
    for moment, late in ((scope.since, False), (scope.end, True)):
        if moment:
            handed = handed.where(Boot.started_at < moment if late else Boot.started_at >= moment)
            stated = stated.where(AppraisalRow.at < moment if late else AppraisalRow.at >= moment)
    return union(handed, stated)


def _proofs(row: Any, image: ImageNames, scope: Scope, ran: Any) -> tuple[Any, ...]:
    """Appraisals of this machine's boots of the image."""
    files = [one.digest for one in image.files]
    # One list decides which index is used: a boot that was meant to run the image, else what evidence states.
    of_image = row.image.in_(files) if files else row.image_digest.in_(image.stated)
    return (of_image, row.machine_id == ran.c.machine_id, *_known(row, scope))


def _known(row: Any, scope: Scope) -> tuple[Any, ...]:
    return (known_by(row.at, scope.at),) if scope.at else ()


def _newest(image: ImageNames, scope: Scope, ran: Any) -> Any:
    row = aliased(AppraisalRow)
    # Boot and run one after the other: asked for both at once, SQLite walks all boots of the machine.
    boot = select(func.max(AppraisalRow.boot_id)).where(*_proofs(AppraisalRow, image, scope, ran)).correlate(ran)
    newest = select(row.id).where(row.boot_id == boot.scalar_subquery(), *_known(row, scope))
    return newest.order_by(row.run.desc()).limit(1).correlate(ran).scalar_subquery()
