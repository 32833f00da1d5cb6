"""The table of changes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Id, Utc, partial_index


class ChangeKind(StrEnum):
    """What differs."""

    TIER = "tier"
    IMAGE = "image"
    FIRMWARE = "firmware"
    PCR = "pcr"
    ENROLMENT = "enrolment"


class ChangeCause(StrEnum):
    """Why, a closed list (ux.md section 0)."""

    IMAGE = "image"
    FIRMWARE = "firmware"
    ENROLMENT = "enrolment"
    POLICY = "policy"
    REFERENCE_VALUE = "reference value"
    VERIFIER = "verifier"
    UNEXPLAINED = "unexplained"


# All but what follows from a new image, as expected; a tier is news whatever its cause.
_NEWS = "cause != 'image' OR kind = 'tier'"


class Change(Base):
    """One difference. A re-appraisal names its boot on both sides."""

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("kind IN ('tier', 'image', 'firmware', 'pcr', 'enrolment')", name="kind"),
        CheckConstraint(
            "cause IN ('image', 'firmware', 'enrolment', 'policy', 'reference value', 'verifier', 'unexplained')",
            name="cause",
        ),
        Index(None, "machine_id", "at", "id"),
        Index(None, "at", "id"),
        Index(None, "cause", "at", "id"),
        Index(None, "what", "at", "id"),
        Index(None, "boot_after"),
        # News: all but what follows from a new image, as expected; a tier is news whatever its cause.
        partial_index("ix_changes_news", "at", "id", where="cause != 'image' OR kind = 'tier'"),
        partial_index(
            "ix_changes_news_of_machine", "machine_id", "at", "id", where="cause != 'image' OR kind = 'tier'"
        ),
        partial_index("ix_changes_worse", "at", "machine_id", where="worse"),
        partial_index("ix_changes_reappraisal_id", "reappraisal_id", "id", where="reappraisal_id IS NOT NULL"),
        partial_index("ix_changes_unacknowledged", "at", "id", where="acknowledged_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    at: Mapped[datetime] = mapped_column(Utc)
    kind: Mapped[ChangeKind] = mapped_column(String(10))
    what: Mapped[str] = mapped_column(String(40))  # which of its kind: "PCR4 (platform)", "tier", ...
    before: Mapped[str] = mapped_column(String(100))
    after: Mapped[str] = mapped_column(String(100))
    worse: Mapped[bool]
    cause: Mapped[ChangeCause] = mapped_column(String(20))
    boot_before: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    boot_after: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    reappraisal_id: Mapped[int | None] = mapped_column(ForeignKey("reappraisals.id"))  # that brought it to light
    acknowledged_at: Mapped[datetime | None] = mapped_column(Utc)
    acknowledged_by: Mapped[str] = mapped_column(String(100))  # "" until then
    why: Mapped[str] = mapped_column(String(400))  # what who acknowledged it said, "" until then
