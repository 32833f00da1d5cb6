"""Policies: named and versioned texts that say what an appraisal must reach. A new text is a new version."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Digest, Id, Utc


class StoredPolicy(Base):
    """One version of one policy; its text never changes, and once used it can't be removed."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)  # TOML
    body_digest: Mapped[str] = mapped_column(Digest)
    created_at: Mapped[datetime] = mapped_column(Utc)
    created_by: Mapped[str] = mapped_column(String(100))
    used: Mapped[bool]  # an appraisal was made under it
