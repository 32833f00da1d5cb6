"""Retention: raw bytes of evidence are removed after a time, and a tombstone stands in their place; rows stay."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.appraisals.owed import OwedAppraisal
from farm.artifacts import Artifact, BuildArtifact
from farm.boots import Boot
from farm.database import Base, Utc, now
from farm.errors import NotFound
from farm.evidence import Evidence
from farm.farm import Farm
from farm.submissions import Submission


class Tombstone(Base):
    """The bytes of this digest were removed by a rule; never changed, never removed itself.

    A later boot may leave equal bytes. They are kept as its own evidence, and get a tombstone of their own in time.
    """

    __tablename__ = "tombstones"

    digest: Mapped[str] = mapped_column(ForeignKey("artifacts.digest"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    by: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String(200))


class Pruned(NotFound):
    """The bytes were here once, and a rule removed them; the message names it."""

    code = "pruned"


# Why bytes must stay, or are here again although they were removed once.
_NEEDED = or_(
    *(
        select(kind.id).where(column == Artifact.digest).exists()
        for kind, column in ((BuildArtifact, BuildArtifact.digest), (Boot, Boot.image), (Submission, Submission.patch))
    )
)
_WAITS = (
    select(Evidence.id)
    .join(OwedAppraisal, OwedAppraisal.boot_id == Evidence.boot_id)
    .where(Evidence.digest == Artifact.digest)
    .exists()
)
_CAME_AGAIN = (
    select(Evidence.id).where(Evidence.digest == Tombstone.digest, Evidence.created_at > Tombstone.at).exists()
)
_GONE = (
    select(Tombstone)
    .join(Artifact, Artifact.digest == Tombstone.digest)
    .where(~_CAME_AGAIN, ~_NEEDED)
    .order_by(Tombstone.at.desc())
)


def gone(session: Session, digests: Sequence[str]) -> dict[str, Tombstone]:
    """By digest: which of these bytes a rule removed, and nothing brought back since."""
    return {one.digest: one for one in session.scalars(_GONE.where(Tombstone.digest.in_(digests)))}


def check_kept(session: Session, boot_id: int, digests: Sequence[str]) -> None:
    """Whether all bytes of a boot's evidence are still here.

    Raises:
        Pruned: some are not.
    """
    for stone in gone(session, digests).values():
        raise Pruned(
            f"The evidence of boot-{boot_id} was removed at {stone.at:%Y-%m-%d %H:%M} UTC by {stone.by}: {stone.rule}.",
            next_step="Its appraisals are kept.",
        )


def prune(session: Session, *, older_than: timedelta, by: str, limit: int = 1000) -> list[str]:
    """Put tombstones in the place of evidence that no younger boot, build or boot image needs; the digests to remove.

    The caller removes the bytes after the commit. No more than `limit`; evidence whose appraisal is owed stays.
    """
    before = now() - older_than
    days = older_than / timedelta(days=1)
    young = select(Evidence.id).where(Evidence.digest == Artifact.digest, Evidence.created_at >= before).exists()
    done = select(Tombstone.digest).where(Tombstone.digest == Evidence.digest, Tombstone.at >= Evidence.created_at)
    old = select(Evidence.id).where(Evidence.digest == Artifact.digest, Evidence.created_at < before, ~done.exists())
    chosen = select(Artifact.digest).where(old.exists(), ~young, ~_WAITS, ~_NEEDED).limit(limit)
    digests = list(session.scalars(chosen))
    rule = f"evidence older than {days:g} days"
    session.add_all(Tombstone(digest=digest, at=now(), by=by[:100], rule=rule) for digest in digests)
    session.flush()
    return digests


def prune_farm(farm: Farm, *, older_than: timedelta, by: str) -> int:
    """Put tombstones and remove the bytes behind them; how many. Killed at any line, the next run goes on."""
    _remove_behind_stones(farm)
    removed = 0
    while True:
        with farm.db.writing() as session:
            digests = prune(session, older_than=older_than, by=by)
        _remove_behind_stones(farm)
        removed += len(digests)
        if not digests:
            return removed


def _remove_behind_stones(farm: Farm) -> None:
    """Remove what the newest stones stand for: one batch, and all that a run may have left that was killed after it.

    A stone says nothing about bytes that came after it, as another boot's evidence or out of a build.
    """
    with farm.db.reading() as session:
        digests = [one.digest for one in session.scalars(_GONE.where(~_WAITS).limit(1000))]
    for digest in digests:
        farm.artifacts.path(digest).unlink(missing_ok=True)
