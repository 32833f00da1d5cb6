"""Re-appraisals: everything kept, once more, under a policy of today or by a newer verifier."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import MOST_ID, Base, Id, Utc, now, partial_index
from farm.errors import Conflict, NotFound
from farm.evidence import Evidence
from farm.reasons import reason


class Reappraisal(Base):
    """One walk over all boots with evidence, the oldest first; it goes on where it stopped."""

    __tablename__ = "reappraisals"
    __table_args__ = (partial_index("ix_reappraisals_unfinished", "id", where="finished_at IS NULL"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))  # None: what each boot's plan names
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(String(400))
    started_at: Mapped[datetime] = mapped_column(Utc)
    finished_at: Mapped[datetime | None] = mapped_column(Utc)
    after_boot: Mapped[int] = mapped_column(Id)  # all boots up to this one are done
    until_boot: Mapped[int] = mapped_column(Id)  # the last boot there was when it began
    appraised: Mapped[int]  # what the verifier failed on counts once it was paid
    changed: Mapped[int]  # appraisals with another tier than the one before


def begin(session: Session, *, policy_id: int | None, by: str, why: str) -> Reappraisal:
    """Ask for everything kept to be appraised again; the dispatcher does it, in pieces.

    Raises:
        BadRequest: no reason given.
        Conflict: another one is under way.
    """
    why = reason(why, "A re-appraisal needs a reason.", next_step="Say in one sentence what is new.")
    under_way = unfinished(session)
    if under_way is not None:
        raise Conflict(f"Re-appraisal {under_way.id} is under way.", next_step="Wait for its end.")
    made = Reappraisal(
        policy_id=policy_id,
        by=by[:100],
        why=why,
        started_at=now(),
        finished_at=None,
        after_boot=0,
        until_boot=session.scalars(select(func.max(Evidence.boot_id))).one() or 0,
        appraised=0,
        changed=0,
    )
    session.add(made)
    session.flush()
    return made


def unfinished(session: Session) -> Reappraisal | None:
    """The one that is under way."""
    open_ones = select(Reappraisal).where(Reappraisal.finished_at.is_(None)).order_by(Reappraisal.id).limit(1)
    return session.scalars(open_ones).one_or_none()


def reappraisal(session: Session, number: int) -> Reappraisal:
    """The re-appraisal of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(Reappraisal, number) if number <= MOST_ID else None
    if found is None:
        raise NotFound(f"There is no re-appraisal {number}.")
    return found


def held(session: Session, number: int) -> Reappraisal | None:
    """The re-appraisal of this id as it is now, locked until the transaction ends."""
    return session.get(Reappraisal, number, with_for_update=True, populate_existing=True)


def newest(session: Session, limit: int = 20) -> list[Reappraisal]:
    """The last few."""
    return list(session.scalars(select(Reappraisal).order_by(Reappraisal.id.desc()).limit(limit)))
