"""Labs, their workers, and their machines: what can be switched on, and whether it may be."""

import difflib
import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import JsonValue
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.orm.util import identity_key

from farm import reasons
from farm.database import Base, Id, Json, Utc, compare_and_set, now
from farm.demo.mark import refuse_in_demo
from farm.errors import BadRequest, Conflict, NotFound
from farm.plans import MachineFacts, best_tier

# A worker that said nothing for this long is taken for gone: three missed hellos.
WORKER_SILENCE = timedelta(seconds=20)
HELLO_SECONDS = 5.0
# After so many faults in a row the machine itself is suspected and gets no more boots until an operator says so.
BAD_AFTER = 3
# The drivers of workers/machines and the names of their options; values are the worker's to judge.
DRIVER_OPTIONS = {
    "libvirt": frozenset({"memory_mib", "vcpus", "firmwares", "tpm"}),
    "null": frozenset({"script", "end", "files"}),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class MachineState(StrEnum):
    """Whether a machine may be leased."""

    IDLE = "idle"
    LEASED = "leased"
    OFFLINE = "offline"  # taken out of service by a person; `reason` says why


class Health(StrEnum):
    """What the last boots say of the machine itself."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


class Lab(Base):
    """A place with machines and at least one worker; it has its own queue."""

    __tablename__ = "labs"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)


class Worker(Base):
    """A worker process that said hello."""

    __tablename__ = "workers"
    __table_args__ = (UniqueConstraint("lab_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("labs.id"))
    name: Mapped[str] = mapped_column(String(100))
    kinds: Mapped[str] = mapped_column(String(20))  # "build", "boot" or both
    version: Mapped[str] = mapped_column(String(40))
    toolchain: Mapped[str] = mapped_column(String(400))
    accelerator: Mapped[str] = mapped_column(String(20))
    last_seen_at: Mapped[datetime] = mapped_column(Utc)
    lab: Mapped[Lab] = relationship(lazy="joined")

    @property
    def is_alive(self) -> bool:
        """Whether it said hello lately."""
        return self.last_seen_at > now() - WORKER_SILENCE


class Machine(Base):
    """Something that can be switched on. Invariant: `leased` exactly while a lease names it."""

    __tablename__ = "machines"
    __table_args__ = (
        CheckConstraint("state IN ('idle', 'leased', 'offline')", name="state"),
        CheckConstraint("health IN ('good', 'bad', 'unknown')", name="health"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("labs.id"))
    pool: Mapped[str] = mapped_column(String(63))
    tags: Mapped[list[str]] = mapped_column(Json)
    driver: Mapped[str] = mapped_column(String(63))
    options: Mapped[dict[str, JsonValue]] = mapped_column(Json)
    firmware: Mapped[list[str]] = mapped_column(Json)  # names; the first is the default
    state: Mapped[MachineState] = mapped_column(String(10))
    health: Mapped[Health] = mapped_column(String(10))
    held: Mapped[bool]  # a person wants it out of service; it goes offline as soon as no lease names it
    reason: Mapped[str] = mapped_column(String(400))
    failures_in_a_row: Mapped[int]  # infra verdicts since the last boot that ran
    fence: Mapped[int]  # the last fencing token given out; only ever grows
    changed_at: Mapped[datetime] = mapped_column(Utc)
    created_at: Mapped[datetime] = mapped_column(Utc)
    lab: Mapped[Lab] = relationship(lazy="joined")

    def facts(self) -> MachineFacts:
        """What plans may ask of it."""
        return MachineFacts(
            name=self.name,
            pool=self.pool,
            tags=frozenset(self.tags),
            firmware=tuple(self.firmware),
            available=self.state != MachineState.OFFLINE,
            unavailable_reason=self.reason,
            best_tier=best_tier(self.driver, self.options),
        )


def ensure_lab(session: Session, name: str) -> Lab:
    """The lab of this name, made if there is none.

    Raises:
        BadRequest: not a name for a lab.
    """
    _check_name(name, "lab")
    lab = lab_or_none(session, name)
    if lab is None:
        lab = Lab(name=name)
        session.add(lab)
        session.flush()
    return lab


def lab_or_none(session: Session, name: str) -> Lab | None:
    """The lab of this name, if there is one."""
    return session.scalars(select(Lab).where(Lab.name == name)).one_or_none()


def _check_name(name: str, kind: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f'"{name[:70]}" is no name for a {kind}.',
            next_step="Use 1 to 63 lower-case letters, digits, dots, dashes and underscores, a letter or digit first.",
        )


def add_machine(
    session: Session,
    *,
    name: str,
    lab: str,
    driver: str,
    pool: str = "default",
    tags: list[str] | None = None,
    firmware: list[str] | None = None,
    options: dict[str, JsonValue] | None = None,
) -> Machine:
    """Put a machine in service.

    Raises:
        BadRequest: a bad name or driver.
        Conflict: the name is taken, or this farm's history is made up.
    """
    refuse_in_demo(session)
    for text, kind in [(name, "machine"), (pool, "pool"), *((tag, "tag") for tag in tags or [])]:
        _check_name(text, kind)
    _check_driver(driver, options or {}, firmware or [])
    if machine_or_none(session, name) is not None:
        raise Conflict(f'A machine is called "{name}" already.')
    made = Machine(
        name=name,
        lab=ensure_lab(session, lab),
        pool=pool,
        tags=sorted(set(tags or [])),
        driver=driver,
        options=options or {},
        firmware=firmware or ["ovmf"],
        state=MachineState.IDLE,
        health=Health.UNKNOWN,
        held=False,
        reason="",
        failures_in_a_row=0,
        fence=0,
        changed_at=now(),
        created_at=now(),
    )
    session.add(made)
    session.flush()
    return made


def _check_driver(driver: str, options: dict[str, JsonValue], firmware: list[str]) -> None:
    """Refuse now what the lab's worker would refuse at every boot."""
    if driver not in DRIVER_OPTIONS:
        raise BadRequest(f'There is no driver "{driver[:60]}".', next_step=f"Drivers are {', '.join(DRIVER_OPTIONS)}.")
    known = DRIVER_OPTIONS[driver]
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"It has {', '.join(sorted(known))}."
            raise BadRequest(f'The driver "{driver}" has no option "{name[:60]}".', next_step=hint)
    given = options.get("firmwares")
    offered = {"ovmf", *(given if isinstance(given, dict) else {})}
    if driver == "libvirt" and (missing := set(firmware) - offered):
        raise BadRequest(
            f'No file is named for the firmware "{min(missing)[:60]}".',
            next_step="Name code and vars in the option firmwares, or use ovmf, which each lab host has.",
        )


def machine_or_none(session: Session, name: str) -> Machine | None:
    """The machine of this name, if there is one."""
    return session.scalars(select(Machine).where(Machine.name == name)).one_or_none()


def machine(session: Session, name: str) -> Machine:
    """The machine of this name.

    Raises:
        NotFound: none; the message names the nearest.
    """
    found = machine_or_none(session, name)
    if found is None:
        near = difflib.get_close_matches(name, session.scalars(select(Machine.name)).all(), n=1)
        raise NotFound(
            f'There is no machine "{name[:70]}".', next_step=f"Did you mean {near[0]}?" if near else "See /machines."
        )
    return found


def machines(session: Session) -> list[Machine]:
    """All machines, by name."""
    return list(session.scalars(select(Machine).order_by(Machine.name)))


def conditions(session: Session) -> dict[str, int]:
    """How many machines are idle, leased, taken for bad, or offline; a machine counts once."""
    bad = and_(Machine.state != MachineState.OFFLINE, Machine.health == Health.BAD)
    condition = case((bad, "bad"), else_=Machine.state)
    rows = session.execute(select(condition, func.count()).group_by(condition))
    return {row[0]: row[1] for row in rows}


def out_of_service(session: Session) -> list[Machine]:
    """Machines that wait for a person, or for the end of a boot after which they go offline, by name."""
    sick = or_(Machine.state == MachineState.OFFLINE, Machine.health == Health.BAD, Machine.held)
    return list(session.scalars(select(Machine).where(sick).order_by(Machine.name)))


def take_offline(session: Session, found: Machine, reason: str) -> None:
    """Out of service, with a reason that everyone sees; a boot that runs now runs to its end.

    Raises:
        BadRequest: no reason given. Conflict: it was leased or freed at the same moment.
    """
    reason = reasons.reason(reason, "A machine goes offline for a reason.")
    state = MachineState.OFFLINE if found.state == MachineState.IDLE else found.state
    _set_service(session, found, state=state, held=True, reason=reason)


def bring_online(session: Session, found: Machine) -> None:
    """Back in service, and no longer taken for broken: health is unknown until it has booted.

    Raises:
        Conflict: it was leased or freed at the same moment.
    """
    doubted = found.state == MachineState.OFFLINE or found.health == Health.BAD
    state = MachineState.IDLE if found.state == MachineState.OFFLINE else found.state
    health = Health.UNKNOWN if doubted else found.health
    _set_service(session, found, state=state, health=health, failures_in_a_row=0, held=False, reason="")


def _set_service(session: Session, found: Machine, **values: Any) -> None:
    """A person's change, which must not undo what the dispatcher does at the same moment."""
    if not compare_and_set(session, found, ("state", "fence"), {**values, "changed_at": now()}):
        raise Conflict(f"{found.name} changed at this very moment.", next_step="Look at it, and try again.")


def hello(
    session: Session, *, lab: str, name: str, kinds: list[str], version: str, toolchain: str, accelerator: str
) -> Worker:
    """A worker is there. Its first hello makes the lab, too."""
    place = ensure_lab(session, lab)
    worker = session.scalars(select(Worker).where(Worker.lab_id == place.id, Worker.name == name)).one_or_none()
    if worker is None:
        worker = Worker(lab=place, name=name)
        session.add(worker)
    worker.kinds = " ".join(sorted(kinds))
    worker.version = version[:40]
    worker.toolchain = toolchain[:400]
    worker.accelerator = accelerator[:20]
    worker.last_seen_at = now()
    session.flush()
    return worker


def workers(session: Session) -> list[Worker]:
    """All workers that ever said hello, by lab and name."""
    return list(session.scalars(select(Worker).join(Lab).order_by(Lab.name, Worker.name)))


_LABS_ALIVE = select(Worker.lab_id).where(Worker.kinds.contains("boot"), Worker.last_seen_at > bindparam("since"))


def labs_with_workers(session: Session) -> set[int]:
    """Ids of the labs where a boot worker spoke lately."""
    return set(session.scalars(_LABS_ALIVE, {"since": now() - WORKER_SILENCE}))


def builder_toolchain(session: Session) -> str:
    """What the builder that spoke last builds with, "" before the first hello."""
    newest = select(Worker.toolchain).where(Worker.kinds.contains("build")).order_by(Worker.last_seen_at.desc())
    return session.scalars(newest.limit(1)).one_or_none() or ""


def builders_alive(session: Session) -> int:
    """How many build workers spoke lately."""
    recent = select(func.count()).where(Worker.kinds.contains("build"), Worker.last_seen_at > now() - WORKER_SILENCE)
    return session.scalars(recent).one()


def lease_machine(session: Session, found: Machine) -> int | None:
    """Set an idle machine aside; the new fencing token, or None when somebody else was first."""
    if found.state != MachineState.IDLE:
        return None
    changes = {"state": MachineState.LEASED, "fence": found.fence + 1, "changed_at": now()}
    return found.fence if compare_and_set(session, found, ("state", "fence"), changes) else None


_MACHINES: Table = Machine.__table__  # type: ignore[assignment]


def _free(**health: Any) -> Update:
    """Back to idle, or out of service if somebody wished so meanwhile; and what the boot says of its health."""
    state = case((_MACHINES.c.held, MachineState.OFFLINE), else_=MachineState.IDLE)
    freed = update(_MACHINES).where(_MACHINES.c.id == bindparam("freed"))
    return freed.values({"state": state, "changed_at": bindparam("moment"), **health})


_TURNS_BAD = (_MACHINES.c.failures_in_a_row + 1 >= BAD_AFTER) & (_MACHINES.c.health != Health.BAD)
_FREE = _free()
_FREE_SOUND = _free(health=Health.GOOD, failures_in_a_row=0)
_FREE_FAULTY = _free(
    failures_in_a_row=_MACHINES.c.failures_in_a_row + 1,
    health=case((_TURNS_BAD, Health.BAD), else_=_MACHINES.c.health),
    reason=case((_TURNS_BAD, bindparam("why")), else_=_MACHINES.c.reason),
)


def free_machine(session: Session, number: int | None, *, ran: bool, fault: str) -> None:
    """Give a leased machine back: sound when a boot `ran` on it, doubted when there was a `fault` of its own."""
    given: dict[str, Any] = {"freed": number, "moment": now()}
    if fault:
        session.execute(_FREE_FAULTY, given | {"why": fault})
    else:
        session.execute(_FREE_SOUND if ran else _FREE, given)
    if loaded := session.identity_map.get(identity_key(Machine, number)):
        session.expire(loaded)
