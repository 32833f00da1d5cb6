"""The differences that one re-appraisal brought to light."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.changes.table import Change
from farm.machines import Machine


def of_reappraisal(session: Session, number: int, *, after: int = 0, limit: int = 50) -> list[tuple[Change, str]]:
    """Its changes with their machines' names, from the id `after` on; one more than `limit` where there are more."""
    found = select(Change, Machine.name).join(Machine, Machine.id == Change.machine_id)
    found = found.where(Change.reappraisal_id == number, Change.reappraisal_id.is_not(None), Change.id > after)
    return [(change, name) for change, name in session.execute(found.order_by(Change.id).limit(limit + 1))]


def machine_of(session: Session, found: Change) -> str:
    """The name of a change's machine."""
    return session.get_one(Machine, found.machine_id).name
