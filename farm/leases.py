"""Leases: the right to touch one machine for one boot until a time. History is kept; one at a time is open.

A worker whose lease is over can write nothing: every write asks whether the lease stands, in the same transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Table, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import Base, Id, Utc, now, partial_index
from farm.errors import Conflict
from farm.job_tokens import Lease as LeaseName
from farm.machines import Machine


class Lease(Base):
    """One right, from its beginning to its release."""

    __tablename__ = "leases"
    __table_args__ = (
        partial_index("uq_leases_open_machine", "machine_id", where="released_at IS NULL", unique=True),
        partial_index("uq_leases_open_boot", "boot_id", where="released_at IS NULL", unique=True),
        UniqueConstraint("machine_id", "fence"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    fence: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(Utc)
    released_at: Mapped[datetime | None] = mapped_column(Utc)


# Of the table, not of the class, and written once: these run for every boot, and building a statement or looking for
# loaded rows that it might change costs more than running it.
_LEASES: Table = Lease.__table__  # type: ignore[assignment]
_IS_OPEN = (_LEASES.c.boot_id == bindparam("job")) & _LEASES.c.released_at.is_(None)
_IS_HELD = _IS_OPEN & (_LEASES.c.fence == bindparam("held"))
_OPEN = insert(_LEASES)
_EXTEND = update(_LEASES).where(_IS_HELD).values(expires_at=bindparam("until"))
_RELEASE = update(_LEASES).where(_IS_OPEN).values(released_at=bindparam("moment"))
# For a query that names the `job`, the fence that is `held` and the `moment`.
STANDS = _IS_HELD & (_LEASES.c.expires_at > bindparam("moment"))


def begin(session: Session, boot_id: int, machine_id: int, fence: int, until: datetime) -> None:
    """Give the right."""
    session.execute(_OPEN, {"machine_id": machine_id, "boot_id": boot_id, "fence": fence, "expires_at": until})


def extend(session: Session, name: LeaseName, until: datetime) -> None:
    """Make it last longer.

    Raises:
        Conflict: it is over.
    """
    extended: Any = session.execute(_EXTEND, {"job": name.job, "held": name.fence, "until": until})
    if extended.rowcount != 1:
        raise over(name)


def release(session: Session, boot_id: int) -> None:
    """Take it back."""
    session.execute(_RELEASE, {"job": boot_id, "moment": now()})


def over(name: LeaseName) -> Conflict:
    """What a worker is told whose lease has ended."""
    return Conflict(f"The lease {name.name} is over.", code="lease-over")


def live(session: Session, lab_id: int) -> list[str]:
    """Names of what may run in one lab now."""
    running = select(Lease.boot_id, Lease.fence).join(Machine, Machine.id == Lease.machine_id)
    running = running.where(Machine.lab_id == lab_id, Lease.released_at.is_(None), Lease.expires_at > now())
    return [LeaseName("boot", boot_id, fence).name for boot_id, fence in session.execute(running)]


def seconds_from_now(seconds: float) -> datetime:
    """When a lease given now ends."""
    return now() + timedelta(seconds=seconds)
