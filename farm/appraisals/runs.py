"""Re-appraisals: everything kept, once more, under a policy of today or by a newer verifier."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Id, Utc, partial_index


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
    appraised: Mapped[int]
    changed: Mapped[int]  # appraisals with another tier than the one before
