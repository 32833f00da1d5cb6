"""Writing off what the farm owes: the verifier fails on this evidence whatever is tried, and somebody gives up on it.

The boot stays what it was, a verifier error, and no row of the history is touched. A later re-appraisal tries again.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.appraisals.owed import OwedAppraisal
from farm.database import MOST_ID, Base, Id, Utc, now
from farm.errors import NotFound
from farm.reasons import reason


class WriteOff(Base):
    """The debt as it was, and who wrote it off, when and why; never changed, never removed."""

    __tablename__ = "write_offs"
    __table_args__ = (Index(None, "boot_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    owed_since: Mapped[datetime] = mapped_column(Utc)
    tries: Mapped[int]
    fault: Mapped[str] = mapped_column(String(400))  # how the verifier failed the last time
    reappraisal_id: Mapped[int | None] = mapped_column(ForeignKey("reappraisals.id"))  # which owed it
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(String(400))


def write_off(session: Session, boot_id: int, *, by: str, why: str) -> WriteOff:
    """Owe a boot's appraisal no longer.

    Raises:
        BadRequest: no reason given.
        NotFound: nothing is owed: it was never, or was paid or written off meanwhile.
    """
    why = reason(why, "What is owed is written off for a reason.")
    # Locked: a dispatcher that pays it at this moment was first, or finds nothing to pay.
    owed = session.get(OwedAppraisal, boot_id, with_for_update=True) if boot_id <= MOST_ID else None
    if owed is None:
        raise NotFound(
            f"No appraisal of boot-{boot_id} is owed.", next_step="`bootfarm attest owed` lists all that are."
        )
    made = WriteOff(
        boot_id=boot_id,
        owed_since=owed.since,
        tries=owed.tries,
        fault=owed.why,
        reappraisal_id=owed.reappraisal_id,
        at=now(),
        by=by[:100],
        why=why,
    )
    session.delete(owed)
    session.add(made)
    session.flush()
    return made


def of_boot(session: Session, boot_id: int) -> Sequence[WriteOff]:
    """All of a boot, the newest first."""
    mine = select(WriteOff).where(WriteOff.boot_id == boot_id)
    return session.scalars(mine.order_by(WriteOff.id.desc())).all()


def newest(session: Session, *, below: int = 0, limit: int = 50) -> Sequence[WriteOff]:
    """The newest first, below the id `below`; one more than `limit` tells that there are more."""
    found = select(WriteOff).order_by(WriteOff.id.desc()).limit(limit + 1)
    return session.scalars(found.where(WriteOff.id < below) if below else found).all()
