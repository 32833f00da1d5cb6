"""Retention: raw bytes of evidence are removed after a time, and a tombstone stands in their place; rows stay."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Utc


class Tombstone(Base):
    """The bytes of this digest were removed by a rule; never changed, never removed itself."""

    __tablename__ = "tombstones"

    digest: Mapped[str] = mapped_column(ForeignKey("artifacts.digest"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String(200))
