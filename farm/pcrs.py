"""PCR values that appraised boots showed, and each machine's timeline of them: one row per stretch of equal values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

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

    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"), primary_key=True)
    source: Mapped[PcrSource] = mapped_column(String(10), primary_key=True)
    pcr: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    appraisal_id: Mapped[int] = mapped_column(ForeignKey("appraisals.id"))  # that brought them
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
        Index(None, "machine_id", "pcr", "first_boot", "id"),
        Index("ix_pcr_runs_same_value", "value", "machine_id", "pcr", "source", "first_boot"),
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


_VALUES: Table = PcrValue.__table__  # type: ignore[assignment]
_NEWEST = (
    select(PcrRun)
    .where(
        PcrRun.machine_id == bindparam("machine"), PcrRun.source == bindparam("by"), PcrRun.pcr == bindparam("index")
    )
    .order_by(PcrRun.first_boot.desc())
    .limit(1)
)
# A boot's own key is in it, which differs always: a timeline of it would say nothing, one row for each boot.
NEVER_THE_SAME = 14


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that a boot showed."""

    source: PcrSource
    pcr: int
    value: str


def record(
    session: Session, *, appraisal_id: int, boot_id: int, machine_id: int, at: datetime, shown: Sequence[Shown]
) -> None:
    """Keep the values of a boot that are not kept yet, and draw the machine's timeline on."""
    if not shown:
        return
    kept = {source for source, _ in of_boot(session, boot_id)}
    fresh = [one for one in shown if one.source not in kept]
    if not fresh:
        return
    where = {"appraisal_id": appraisal_id, "boot_id": boot_id, "machine_id": machine_id, "at": at}
    session.execute(
        insert(_VALUES), [{**where, "source": one.source, "pcr": one.pcr, "value": one.value} for one in fresh]
    )
    for one in fresh:
        if one.pcr != NEVER_THE_SAME:
            _draw(session, one, boot_id=boot_id, machine_id=machine_id, at=at)


def _draw(session: Session, one: Shown, *, boot_id: int, machine_id: int, at: datetime) -> None:
    newest = session.scalars(_NEWEST, {"machine": machine_id, "by": one.source, "index": one.pcr}).one_or_none()
    if newest is not None and newest.last_boot >= boot_id:
        _draw_again(session, one, machine_id=machine_id, boot_id=boot_id)
    elif newest is not None and newest.value == one.value:
        newest.last_boot, newest.last_at, newest.boots = boot_id, at, newest.boots + 1
    else:
        session.add(_run(machine_id, one, boot_id, at))
    session.flush()


def _draw_again(session: Session, one: Shown, *, machine_id: int, boot_id: int) -> None:
    """A boot that was appraised late: the timeline from the stretch before it on is drawn from the values."""
    lane = (PcrRun.machine_id == machine_id, PcrRun.source == one.source, PcrRun.pcr == one.pcr)
    start = session.scalars(select(func.max(PcrRun.first_boot)).where(*lane, PcrRun.first_boot <= boot_id)).one() or 0
    session.execute(delete(PcrRun).where(*lane, PcrRun.first_boot >= start))
    shown = select(PcrValue.value, PcrValue.boot_id, PcrValue.at)
    shown = shown.where(PcrValue.machine_id == machine_id, PcrValue.source == one.source, PcrValue.pcr == one.pcr)
    run: PcrRun | None = None
    for value, boot, at in session.execute(shown.where(PcrValue.boot_id >= start).order_by(PcrValue.boot_id)):
        if run is None or run.value != value:
            run = _run(machine_id, Shown(one.source, one.pcr, value), boot, at)
            session.add(run)
        else:
            run.last_boot, run.last_at, run.boots = boot, at, run.boots + 1


def _run(machine_id: int, one: Shown, boot_id: int, at: datetime) -> PcrRun:
    return PcrRun(
        machine_id=machine_id,
        source=one.source,
        pcr=one.pcr,
        value=one.value,
        first_boot=boot_id,
        first_at=at,
        last_boot=boot_id,
        last_at=at,
        boots=1,
    )


def of_boot(session: Session, boot_id: int) -> dict[tuple[str, int], str]:
    """The values that a boot showed, by source and number."""
    shown = select(PcrValue.source, PcrValue.pcr, PcrValue.value).where(PcrValue.boot_id == boot_id)
    return {(str(source), pcr): value for source, pcr, value in session.execute(shown)}
