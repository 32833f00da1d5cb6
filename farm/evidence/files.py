"""Which files of evidence a boot left, and where each was found; the bytes are artifacts, by digest."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, Table, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from farm import artifacts, chain, wire
from farm.artifacts import Artifact
from farm.database import Base, Digest, Id, Utc, now
from farm.errors import NotFound


class Evidence(Base):
    """One file; rows are chained and never change.

    Two of one kind are kept beside each other: that there are two says something by itself.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("boot_id", "source", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    source: Mapped[wire.EvidenceSource] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(ForeignKey("artifacts.digest"), index=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
    previous_hash: Mapped[str] = mapped_column(Digest)
    row_hash: Mapped[str] = mapped_column(Digest)
    artifact: Mapped[Artifact] = relationship(lazy="joined")


_TABLE: Table = Evidence.__table__  # type: ignore[assignment]


def record(session: Session, boot_id: int, files: Sequence[wire.EvidenceFile]) -> None:
    """Keep what a boot left; its bytes must be stored already.

    Raises:
        NotFound: they are not.
    """
    if not files:
        return
    for file in files:
        artifacts.artifact(session, file.digest)
    at = now()
    given = [
        {"boot_id": boot_id, "source": file.source, "name": file.name, "digest": file.digest, "created_at": at}
        for file in files
    ]
    chain.append(session, _TABLE, given)


def of_boot(session: Session, boot_id: int) -> list[Evidence]:
    """All files of a boot, in the order in which its worker named them."""
    return list(session.scalars(select(Evidence).where(Evidence.boot_id == boot_id).order_by(Evidence.id)))


def one(session: Session, boot_id: int, source: str, name: str) -> Evidence:
    """One file of a boot.

    Raises:
        NotFound: it left none of this name there.
    """
    wanted = (Evidence.boot_id == boot_id, Evidence.source == source, Evidence.name == name)
    found = session.scalars(select(Evidence).where(*wanted)).one_or_none()
    if found is None:
        raise NotFound(f'boot-{boot_id} left no evidence "{name[:100]}" there.', next_step="Its page lists all of it.")
    return found
