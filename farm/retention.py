"""Retention: raw bytes of evidence are removed after a time, and a tombstone stands in their place; rows stay.

Evidence lies in two places: files that a worker read, and the blocks that a machine printed on its console, which the
worker kept as files as well. Files go by their digest, since equal bytes are stored once; the text on a console goes by
its boot, and is written over, so that offsets and line numbers of the console hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.appraisals.owed import OwedAppraisal
from farm.artifacts import Artifact, BuildArtifact
from farm.boots import Boot
from farm.consoles import Chunk, Stream
from farm.database import Base, Utc, now
from farm.errors import NotFound, StorageFault
from farm.evidence import Evidence, printed
from farm.farm import Farm
from farm.submissions import Submission

log = structlog.get_logger()
_BATCH = 1000  # files, or consoles, of one transaction


class Tombstone(Base):
    """The bytes of this digest were removed by a rule; never changed, never removed itself.

    A later boot may leave equal bytes. They are kept as its own evidence, and get a tombstone of their own in time.
    """

    __tablename__ = "tombstones"

    digest: Mapped[str] = mapped_column(ForeignKey("artifacts.digest"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    by: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String(200))


class ConsoleTombstone(Base):
    """So many bytes of evidence on a boot's console were written over by a rule, 0 if there were none; never changed,
    never removed itself."""

    __tablename__ = "console_tombstones"

    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]


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


def gone_from_console(session: Session, boot_id: int) -> ConsoleTombstone | None:
    """Which rule removed what a boot had printed of its evidence, if one did."""
    found = session.get(ConsoleTombstone, boot_id)
    return found if found and found.size else None


def check_kept(session: Session, boot_id: int, digests: Sequence[str]) -> None:
    """Whether all bytes of a boot's evidence are still here, as files and on its console.

    Raises:
        Pruned: some are not.
    """
    stone = next(iter(gone(session, digests).values()), None) or gone_from_console(session, boot_id)
    if stone is not None:
        raise Pruned(
            f"The evidence of boot-{boot_id} was removed at {stone.at:%Y-%m-%d %H:%M} UTC by {stone.by}: {stone.rule}.",
            next_step="Its appraisals are kept.",
        )


def _rule(older_than: timedelta) -> str:
    return f"evidence older than {older_than / timedelta(days=1):g} days"


def prune(session: Session, *, older_than: timedelta, by: str, limit: int = _BATCH) -> list[str]:
    """Put tombstones in the place of evidence that no younger boot, build or boot image needs; the digests to remove.

    The caller removes the bytes after the commit. No more than `limit`; evidence whose appraisal is owed stays.
    """
    before = now() - older_than
    young = select(Evidence.id).where(Evidence.digest == Artifact.digest, Evidence.created_at >= before).exists()
    done = select(Tombstone.digest).where(Tombstone.digest == Evidence.digest, Tombstone.at >= Evidence.created_at)
    old = select(Evidence.id).where(Evidence.digest == Artifact.digest, Evidence.created_at < before, ~done.exists())
    chosen = select(Artifact.digest).where(old.exists(), ~young, ~_WAITS, ~_NEEDED).limit(limit)
    digests = list(session.scalars(chosen))
    session.add_all(Tombstone(digest=digest, at=now(), by=by[:100], rule=_rule(older_than)) for digest in digests)
    session.flush()
    return digests


@dataclass(frozen=True, slots=True)
class Removed:
    """What one run removed: files of evidence, blocks of evidence from so many consoles; and the consoles that it could
    not read or write, each with why, which the next run tries again."""

    files: int
    consoles: int
    faults: Sequence[str]


def prune_farm(farm: Farm, *, older_than: timedelta, by: str) -> Removed:
    """Put tombstones and remove the bytes behind them. Killed at any line, the next run goes on."""
    _remove_behind_stones(farm)
    files = 0
    while True:
        with farm.db.writing() as session:
            digests = prune(session, older_than=older_than, by=by)
        _remove_behind_stones(farm)
        files += len(digests)
        if not digests:
            break
    return Removed(files, *_prune_consoles(farm, older_than, by))


def _remove_behind_stones(farm: Farm) -> None:
    """Remove what the newest stones stand for: one batch, and all that a run may have left that was killed after it.

    A stone says nothing about bytes that came after it, as another boot's evidence or out of a build.
    """
    with farm.db.reading() as session:
        digests = [one.digest for one in session.scalars(_GONE.where(~_WAITS).limit(_BATCH))]
    for digest in digests:
        farm.artifacts.path(digest).unlink(missing_ok=True)


def _prune_consoles(farm: Farm, older_than: timedelta, by: str) -> tuple[int, list[str]]:
    """Write over what old boots printed of their evidence; on how many consoles, and what kept that from others."""
    faults: list[str] = []
    # First what a run left that was killed or failed.
    done, after = sum(_redact(farm, boot_id, faults) for boot_id in _stones(farm)), 0
    while True:
        with farm.db.reading() as session:
            boots = _old_consoles(session, now() - older_than, after)
        if not boots:
            return done, faults
        for boot_id in boots:
            if _lay_stone(farm, boot_id, _rule(older_than), by, faults):
                done += _redact(farm, boot_id, faults)
        after = boots[-1]


def _old_consoles(session: Session, before: datetime, after: int) -> list[int]:
    """Boots with old evidence that no tombstone was put on the console of, by id; evidence that is owed stays."""
    stone = select(ConsoleTombstone.boot_id).where(ConsoleTombstone.boot_id == Evidence.boot_id)
    owing = select(OwedAppraisal.boot_id).where(OwedAppraisal.boot_id == Evidence.boot_id)
    old = select(Evidence.boot_id).where(Evidence.created_at < before, Evidence.boot_id > after)
    chosen = old.where(~stone.exists(), ~owing.exists()).distinct().order_by(Evidence.boot_id).limit(_BATCH)
    return list(session.scalars(chosen))


def _stones(farm: Farm) -> Sequence[int]:
    """Boots on whose console something was to be written over."""
    with farm.db.reading() as session:
        return session.scalars(select(ConsoleTombstone.boot_id).where(ConsoleTombstone.size > 0)).all()


def _lay_stone(farm: Farm, boot_id: int, rule: str, by: str, faults: list[str]) -> bool:
    """Before the first byte goes: a console that has changed without a stone would look damaged."""
    try:
        size = sum(end - start for start, end in _printed(_serial(farm, boot_id)))
    except StorageFault as fault:
        return _note(boot_id, fault, faults)
    try:
        with farm.db.writing() as session:
            session.add(ConsoleTombstone(boot_id=boot_id, at=now(), by=by[:100], rule=rule, size=size))
    except IntegrityError:
        return False  # another run was first at this moment
    return size > 0


def _redact(farm: Farm, boot_id: int, faults: list[str]) -> bool:
    """Write over what a stone stands for, unless that is done; whether it is done now."""
    stream = _serial(farm, boot_id)
    try:
        ended = stream.finished()
        if ended is None or ended.redacted:
            return False
        with farm.db.reading() as session:
            rule = session.get_one(ConsoleTombstone, boot_id).rule
        stream.redact(_printed(stream), f"[removed: {rule}]".encode())
    except StorageFault as fault:
        return _note(boot_id, fault, faults)
    return True


def _note(boot_id: int, fault: StorageFault, faults: list[str]) -> bool:
    """One console that can't be read or written keeps no other from its turn."""
    log.warning("retention.console_failed", boot=boot_id, fault=fault.message)
    faults.append(f"boot-{boot_id}: {fault.message}")
    return False


def _serial(farm: Farm, boot_id: int) -> Stream:
    return farm.consoles.stream(f"boot-{boot_id}", "serial")


def _printed(stream: Stream) -> list[tuple[int, int]]:
    """Where the evidence stands that a machine printed, as offsets of its console."""
    if not stream.size():
        return []
    stream.finish()  # its boot has ended; the pass that ends streams may not have come by yet
    kept = [piece for piece in stream.iter_from(0) if isinstance(piece, Chunk)]
    spans = printed.spans(b"".join(piece.data for piece in kept))
    return [(_offset(kept, start), _offset(kept, end - 1) + 1) for start, end in spans]


def _offset(kept: Sequence[Chunk], place: int) -> int:
    """The offset in the console of the byte at `place` of what is kept of it."""
    for piece in kept:
        if place < len(piece.data):
            return piece.offset + place
        place -= len(piece.data)
    raise IndexError(place)
