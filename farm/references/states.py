"""The life of a reference value: every decision is a row of its own, with who and why."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import decisions
from farm.database import MOST_ID, compare_and_set, now
from farm.errors import Conflict, NotFound, Stale
from farm.evidence.inputs import ReferenceState
from farm.reasons import reason
from farm.references.table import Reference, ReferenceKind, ReferenceStateRow

FARM = "farm"  # decides by rule: `why` names it


def reference(session: Session, number: int) -> Reference:
    """The value of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(Reference, number) if number <= MOST_ID else None
    if found is None:
        raise NotFound(f"There is no reference value {number}.", next_step="`bootfarm attest reference list` has all.")
    return found


def add(
    session: Session, *, kind: ReferenceKind, digest: str, state: ReferenceState, by: str, why: str, **origin: Any
) -> Reference:
    """A new value and its first state row. `origin` says where it came from: the columns that fit its kind."""
    decisions.begin(session)
    made = Reference(
        kind=kind,
        digest=digest,
        state=state,
        pcr=origin.get("pcr"),
        firmware=origin.get("firmware", ""),
        machine_id=origin.get("machine_id"),
        artifact=origin.get("artifact"),
        build_id=origin.get("build_id"),
        boot_id=origin.get("boot_id"),
        created_at=now(),
    )
    session.add(made)
    session.flush()
    _note(session, made, state, by, why)
    return made


def decide(session: Session, found: Reference, state: ReferenceState, *, by: str, why: str) -> None:
    """Approve, retire or deny a value. Old appraisals stay; the next one sees it.

    Raises:
        BadRequest: no reason given, or none that can be shown.
        Conflict: it is in this state already, or somebody else decided at the same moment.
    """
    if by != FARM:  # which quotes reasons that people gave before
        why = reason(why, "A decision about a reference value needs a reason.")
    if found.state == state:
        raise Conflict(f"Reference value {found.id} is {state} already.")
    decisions.begin(session)
    if not compare_and_set(session, found, ("state",), {"state": state}):
        raise Conflict(f"Somebody decided about reference value {found.id} at this very moment.")
    _note(session, found, state, by, why)


def newest(session: Session, found: Reference) -> ReferenceStateRow:
    """The newest decision about a value: by its id a caller says what they saw."""
    return latest(session, [found.id])[found.id]


def changed(now_is: ReferenceStateRow) -> Stale:
    """The error for who decides about a value and has not seen this decision."""
    return Stale(
        f"Reference value {now_is.reference_id} has changed since you saw it: {now_is.by} made it {now_is.state} at "
        f"{now_is.at:%Y-%m-%d %H:%M:%S} UTC, because: {now_is.why}",
        next_step="Look at it again, and decide anew if you still want to.",
    )


def history(session: Session, reference_id: int) -> list[ReferenceStateRow]:
    """All decisions about a value, the oldest first."""
    return histories(session, [reference_id])[reference_id]


def histories(session: Session, reference_ids: Sequence[int]) -> dict[int, list[ReferenceStateRow]]:
    """All decisions about each of a few values, the oldest first, by the value's id."""
    found: dict[int, list[ReferenceStateRow]] = {number: [] for number in reference_ids}
    rows = select(ReferenceStateRow).where(ReferenceStateRow.reference_id.in_(reference_ids))
    for row in session.scalars(rows.order_by(ReferenceStateRow.id)):
        found[row.reference_id].append(row)
    return found


def latest(session: Session, reference_ids: Sequence[int]) -> dict[int, ReferenceStateRow]:
    """The newest decision about each of a few values, by the value's id."""
    return {number: rows[-1] for number, rows in histories(session, reference_ids).items() if rows}


def _note(session: Session, found: Reference, state: ReferenceState, by: str, why: str) -> None:
    row = {"state": state, "at": now(), "by": by[:100], "why": why.strip()[:400]}
    session.add(ReferenceStateRow(reference_id=found.id, **row))
    session.flush()
