"""Somebody has seen a change, and says what it was."""

from sqlalchemy.orm import Session

from farm.changes.table import Change
from farm.database import compare_and_set, now
from farm.errors import Conflict, NotFound
from farm.reasons import reason


def acknowledge(session: Session, number: int, *, by: str, why: str) -> Change:
    """Take a change off the list of what needs somebody; it stays in the history with its cause.

    Raises:
        BadRequest: no reason given. NotFound: no such change. Conflict: it was acknowledged before.
    """
    why = reason(why, "A change is acknowledged with a reason.", next_step="Say in one sentence what it was.")
    found = session.get(Change, number)
    if found is None:
        raise NotFound(f"There is no change {number}.")
    values = {"acknowledged_at": now(), "acknowledged_by": by[:100], "why": why}
    if found.acknowledged_at is not None or not compare_and_set(session, found, ("acknowledged_by",), values):
        raise Conflict(f"Change {number} was acknowledged already, by {found.acknowledged_by or 'somebody'}.")
    return found
