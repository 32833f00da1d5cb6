"""The mark of a farm whose history is made up. It is never taken off: history is never removed either."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import Base, Utc
from farm.errors import Conflict

BANNER = "Demonstration: every boot, machine and measurement on this farm is made up by `bootfarm demo seed`."


class Demo(Base):
    """One row, in a farm that was seeded."""

    __tablename__ = "demo"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    banner: Mapped[str] = mapped_column(String(400))
    seeded_at: Mapped[datetime] = mapped_column(Utc)


def banner_or_none(session: Session) -> str | None:
    """What every page of a made-up farm says at its top; None on a real one."""
    return session.scalars(select(Demo.banner)).one_or_none()


def refuse_in_demo(session: Session) -> None:
    """Keep what is real out of a made-up history.

    Raises:
        Conflict: this farm is a demonstration.
    """
    if banner_or_none(session) is not None:
        raise Conflict(
            "This farm's history is made up (`bootfarm demo seed`), and nothing real is mixed into it.",
            next_step="Use another home: set BOOTFARM_HOME.",
            code="made-up-farm",
        )
