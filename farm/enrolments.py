"""Enrolments: which platform key each machine attests with. An identity never changes silently."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Id, Utc, partial_index


class EnrolmentKind(StrEnum):
    """Who vouches for the key."""

    VIRTUAL = "virtual"  # a worker made the TPM and its key, and could forge what it says
    METAL = "metal"  # an operator enrolled the key that stands in the machine


class Enrolment(Base):
    """One platform key of one machine, from its registration to its end. One is open per machine."""

    __tablename__ = "enrolments"
    __table_args__ = (
        CheckConstraint("kind IN ('virtual', 'metal')", name="kind"),
        partial_index("uq_enrolments_open_machine", "machine_id", where="ended_at IS NULL", unique=True),
        Index(None, "machine_id", "id"),
        Index(None, "ak_name"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    kind: Mapped[EnrolmentKind] = mapped_column(String(10))
    public: Mapped[str] = mapped_column(String(1024))  # TPMT_PUBLIC, hex
    ak_name: Mapped[str] = mapped_column(String(68))  # nameAlg and digest of the public, hex
    host: Mapped[str] = mapped_column(String(100))  # the worker that registered it
    statement: Mapped[str] = mapped_column(Text)  # what one has to believe, in one sentence
    enrolled_at: Mapped[datetime] = mapped_column(Utc)
    enrolled_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by: Mapped[str] = mapped_column(String(100))  # "" while it is open
    why: Mapped[str] = mapped_column(String(400))  # it ended, "" while it is open
