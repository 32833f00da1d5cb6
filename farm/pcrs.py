"""PCR values that appraised boots showed, and each machine's timeline of them: one row per stretch of equal values."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Digest, Id, Utc


class PcrSource(StrEnum):
    """Who says so."""

    QUOTE = "quote"  # the application's own TPM, in the inner quote
    PLATFORM = "platform"  # the machine's TPM, in the outer quote
    HOST = "host"  # the lab host, which looked into the machine's TPM itself


_SOURCE = "source IN ('quote', 'platform', 'host')"


class PcrValue(Base):
    """One value of one boot, recorded once however often the boot is appraised; never changed, never removed."""

    __tablename__ = "pcr_values"
    __table_args__ = (
        CheckConstraint(_SOURCE, name="source"),
        Index(None, "machine_id", "source", "pcr", "boot_id"),
    )

    appraisal_id: Mapped[int] = mapped_column(ForeignKey("appraisals.id"), primary_key=True)
    source: Mapped[PcrSource] = mapped_column(String(10), primary_key=True)
    pcr: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    value: Mapped[str] = mapped_column(Digest)
    at: Mapped[datetime] = mapped_column(Utc)


class PcrRun(Base):
    """A stretch of boots of one machine that all showed the same value in one PCR."""

    __tablename__ = "pcr_runs"
    __table_args__ = (
        CheckConstraint(_SOURCE, name="source"),
        UniqueConstraint("machine_id", "source", "pcr", "first_boot"),
        Index(None, "machine_id", "last_at"),
        Index(None, "value", "machine_id"),
        Index(None, "first_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    source: Mapped[PcrSource] = mapped_column(String(10))
    pcr: Mapped[int]
    value: Mapped[str] = mapped_column(Digest)
    first_boot: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    first_at: Mapped[datetime] = mapped_column(Utc)
    last_boot: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    last_at: Mapped[datetime] = mapped_column(Utc)
    boots: Mapped[int]
