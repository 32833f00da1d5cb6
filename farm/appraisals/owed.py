"""Appraisals that the farm owes: the verifier failed, and a pass of the dispatcher tries again."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import Base, Utc, now


class OwedAppraisal(Base):
    """The evidence of one boot that waits for its appraisal."""

    __tablename__ = "appraisals_owed"
    __table_args__ = (Index(None, "not_before"),)

    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Utc)
    not_before: Mapped[datetime] = mapped_column(Utc)
    tries: Mapped[int]
    why: Mapped[str] = mapped_column(String(400))


_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


def owe(session: Session, boot_id: int, why: str) -> None:
    """The verifier failed on this boot's evidence; it is appraised again soon, once however often it is owed."""
    if session.get(OwedAppraisal, boot_id) is not None:
        return
    at = now()
    session.add(OwedAppraisal(boot_id=boot_id, since=at, not_before=at + _FIRST_PAUSE, tries=1, why=why[:400]))
    session.flush()


def due(session: Session, limit: int = 20) -> list[int]:
    """Boots whose appraisal can be tried again now, the longest owed first."""
    late = select(OwedAppraisal.boot_id).where(OwedAppraisal.not_before <= now())
    return list(session.scalars(late.order_by(OwedAppraisal.not_before).limit(limit)))


def settle(session: Session, boot_id: int) -> bool:
    """Take a debt off the list; false when somebody else is paying it at this moment, or has."""
    done: Any = session.execute(delete(OwedAppraisal).where(OwedAppraisal.boot_id == boot_id))
    return bool(done.rowcount == 1)


def put_off(session: Session, boot_id: int, why: str) -> None:
    """The verifier failed again: later, after ever longer pauses."""
    found = session.get(OwedAppraisal, boot_id, with_for_update=True)
    if found is not None:
        pause = min(_FIRST_PAUSE * 2 ** min(found.tries, 20), _LONGEST_PAUSE)
        found.tries, found.not_before, found.why = found.tries + 1, now() + pause, why[:400]
        session.flush()
