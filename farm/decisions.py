"""How often somebody decided anything that appraisals rest on, so that none is written over a decision it missed.

One row, which every decision locks and counts up before it changes anything else: about a reference value, a policy, a
standing approval, the key of a machine. Numbers of rows would not do: on PostgreSQL a decision with a lower number may
be committed after one with a higher.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import Base, Id


class Decisions(Base):
    """The count, in the one row 1."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    made: Mapped[int] = mapped_column(Id)


_MADE = select(Decisions.made).where(Decisions.id == 1)
_ONE_MORE = update(Decisions.__table__).where(Decisions.id == 1).values(made=Decisions.made + 1)  # type: ignore[arg-type]


def begin(session: Session) -> None:
    """One more is about to be made: others wait until this transaction ends."""
    session.execute(_ONE_MORE)


def made(session: Session) -> int:
    """How many there are; another number after every decision. Read it before what was decided."""
    return session.scalars(_MADE).one()


def settled(session: Session) -> int:
    """The same once all that are under way have ended; new ones wait until this transaction ends."""
    return session.scalars(_MADE.with_for_update()).one()
