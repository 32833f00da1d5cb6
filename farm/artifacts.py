"""Artifacts: files addressed by their SHA-256, stored once, whoever produced them."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from farm.database import Base, Digest, Id, Utc
from farm.errors import BadRequest, NotFound, StorageFault, TooLarge


class _Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS}


class Artifact(Base):
    """A stored file. Its row appears only after its bytes are whole on disk."""

    __tablename__ = "artifacts"

    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    authenticode: Mapped[str | None] = mapped_column(Digest, index=True)
    image_digest: Mapped[str | None] = mapped_column(Digest, index=True)  # of a PE image as it runs
    stored_at: Mapped[datetime] = mapped_column(Utc)


class BuildArtifact(Base):
    """The name that one build gave to an artifact, in the order of production."""

    __tablename__ = "build_artifacts"
    __table_args__ = (UniqueConstraint("build_id", "name"), Index(None, "digest"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"))
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(ForeignKey("artifacts.digest"))
    artifact: Mapped[Artifact] = relationship(lazy="joined")


class ArtifactStore:
    """The files of one farm, below one folder."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes

    def path(self, digest: str) -> Path:
        """Where the bytes of a digest are, or would be."""
        return self._root / digest[:2] / digest[2:4] / digest

    def stored(self, digest: str) -> Path:
        """The file of a digest that has a row.

        Raises:
            StorageFault: somebody removed it behind the farm's back.
        """
        path = self.path(digest)
        if not path.is_file():
            raise StorageFault(f"The file of artifact {digest} is gone from the farm's disk.")
        return path

    def has(self, digest: str) -> bool:
        """Whether the bytes are here."""
        return self.path(digest).is_file()

    def put(self, digest: str, chunks: Iterable[bytes]) -> int:
        """Store bytes that must have this digest; their size. The file appears whole or not at all.

        Raises:
            BadRequest: the bytes have another digest.
            TooLarge: more than the farm takes.
            StorageFault: the disk is full or failing.
        """
        target = self.path(digest)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._root, prefix=".incoming-", delete=False) as part:
                try:
                    size = self._write_verified(part, digest, chunks)
                    part.flush()  # or the last bytes would meet a full disk only after the file has its name
                    os.replace(part.name, target)
                except BaseException:
                    Path(part.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            if error.errno in _DISK_ERRORS:
                raise StorageFault(f"The artifact could not be stored: {error.strerror}.") from error
            raise
        return size

    def put_bytes(self, data: bytes) -> str:
        """Store bytes that are in memory; their digest."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.has(digest):
            self.put(digest, [data])
        return digest

    def _write_verified(self, file: _Writable, digest: str, chunks: Iterable[bytes]) -> int:
        hasher, size = hashlib.sha256(), 0
        for chunk in chunks:
            size += len(chunk)
            if size > self._max_bytes:
                raise TooLarge(f"The artifact is larger than {self._max_bytes >> 20} MiB.")
            hasher.update(chunk)
            file.write(chunk)
        if hasher.hexdigest() != digest:
            raise BadRequest(f"The bytes have the SHA-256 {hasher.hexdigest()}, not {digest}.", code="digest-mismatch")
        return size


def record(session: Session, digest: str, size: int, at: datetime) -> Artifact:
    """The row of a stored file; the same file again changes nothing."""
    artifact = session.get(Artifact, digest)
    if artifact is None:
        artifact = Artifact(digest=digest, size=size, authenticode=None, image_digest=None, stored_at=at)
        try:
            with session.begin_nested():
                session.add(artifact)
        except IntegrityError:
            return session.get_one(Artifact, digest)  # another job stored the same bytes at the same moment
    return artifact


def artifact(session: Session, digest: str) -> Artifact:
    """A stored file's row.

    Raises:
        NotFound: nothing with this digest was ever stored.
    """
    found = session.get(Artifact, digest)
    if found is None:
        raise NotFound(f"No artifact has the digest {digest}.")
    return found


def of_build(session: Session, build_id: int) -> list[BuildArtifact]:
    """What a build produced, in its order."""
    return list(
        session.scalars(select(BuildArtifact).where(BuildArtifact.build_id == build_id).order_by(BuildArtifact.id))
    )
