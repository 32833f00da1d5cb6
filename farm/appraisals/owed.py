"""Appraisals that the farm owes: the verifier failed, and a pass of the dispatcher tries again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Utc


class OwedAppraisal(Base):
    """The evidence of one boot that waits for its appraisal."""

    __tablename__ = "appraisals_owed"
    __table_args__ = (Index(None, "not_before"),)

    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Utc)
    not_before: Mapped[datetime] = mapped_column(Utc)
    tries: Mapped[int]
    why: Mapped[str] = mapped_column(String(400))
