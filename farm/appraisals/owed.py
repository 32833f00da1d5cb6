"""Appraisals that the farm owes: the verifier failed, and a pass of the dispatcher tries again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import Base, Utc, now


class OwedAppraisal(Base):
    """The evidence of one boot that waits for its appraisal."""

    __tablename__ = "appraisals_owed"
    __table_args__ = (Index(None, "not_before"), Index(None, "since"))

    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Utc)
    not_before: Mapped[datetime] = mapped_column(Utc)
    tries: Mapped[int]
    why: Mapped[str] = mapped_column(String(400))
    # Which it is part of: it is appraised under that one's policy, and counted there once it is paid.
    reappraisal_id: Mapped[int | None] = mapped_column(ForeignKey("reappraisals.id"))


_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
MOST_COUNTED = 1000  # debts; a verifier that fails on everything must not make a page that is polled slow
STUBBORN = 4  # tries, 70 s: what a busy disk or a restart explains was paid by then


def owe(session: Session, boot_id: int, why: str, reappraisal_id: int | None = None) -> None:
    """The verifier failed on this boot's evidence; it is appraised again soon, once however often it is owed.

    If a re-appraisal owes it, that one's policy counts; the newest, if there are several.
    """
    found = session.get(OwedAppraisal, boot_id)
    if found is not None:
        found.reappraisal_id = reappraisal_id or found.reappraisal_id
    else:
        at = now()
        columns = {"since": at, "not_before": at + _FIRST_PAUSE, "tries": 1, "why": why[:400]}
        session.add(OwedAppraisal(boot_id=boot_id, reappraisal_id=reappraisal_id, **columns))
    session.flush()


def due(session: Session, limit: int = 20) -> list[OwedAppraisal]:
    """Appraisals that can be tried again now, the longest owed first."""
    late = select(OwedAppraisal).where(OwedAppraisal.not_before <= now())
    return list(session.scalars(late.order_by(OwedAppraisal.not_before).limit(limit)))


def settle(session: Session, debt: OwedAppraisal) -> bool:
    """Take a debt off the list; false when somebody else is paying it or has, or another re-appraisal owes it now."""
    owing = OwedAppraisal.reappraisal_id.is_not_distinct_from(debt.reappraisal_id)
    done: Any = session.execute(delete(OwedAppraisal).where(OwedAppraisal.boot_id == debt.boot_id, owing))
    return bool(done.rowcount == 1)


def put_off(session: Session, boot_id: int, why: str) -> None:
    """The verifier failed again: later, after ever longer pauses."""
    found = session.get(OwedAppraisal, boot_id, with_for_update=True)
    if found is not None:
        pause = min(_FIRST_PAUSE * 2 ** min(found.tries, 20), _LONGEST_PAUSE)
        found.tries, found.not_before, found.why = found.tries + 1, now() + pause, why[:400]
        session.flush()


@dataclass(frozen=True, slots=True)
class Owing:
    """How much the farm owes, counted up to `MOST_COUNTED`, and since when."""

    number: int
    since: datetime | None

    def __str__(self) -> str:
        """The number, as people read it."""
        return f"{self.number:,}{'+' if self.number == MOST_COUNTED else ''}"


def owing(session: Session) -> Owing:
    """What is owed altogether."""
    some = select(OwedAppraisal.since).order_by(OwedAppraisal.since).limit(MOST_COUNTED).subquery()
    return Owing(*session.execute(select(func.count(), func.min(some.c.since))).one())


def stubborn(session: Session, limit: int) -> Sequence[OwedAppraisal]:
    """Of what is owed the longest, the first few: that which the verifier has failed on again and again."""
    oldest = select(OwedAppraisal).order_by(OwedAppraisal.since).limit(limit)
    return [one for one in session.scalars(oldest) if one.tries >= STUBBORN]


def debts(session: Session, *, below: int = 0, limit: int = 50) -> Sequence[OwedAppraisal]:
    """The newest boots first, below the id `below`; one more than `limit` tells that there are more."""
    found = select(OwedAppraisal).order_by(OwedAppraisal.boot_id.desc()).limit(limit + 1)
    return session.scalars(found.where(OwedAppraisal.boot_id < below) if below else found).all()
