"""Dispatch: which waiting boot gets which free machine, and why the others wait.

Each function is one question or one small pass; a pass may be killed at any line, and the next one goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import bindparam, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from farm import boots, builds, leases, machines, plans
from farm.boots import Boot
from farm.builds import Build
from farm.database import now
from farm.machines import Health, Machine, MachineState
from farm.states import BuildState

_BATCH = 200  # boots leased in one transaction: short enough that no other writer waits long


@dataclass(frozen=True)
class Target:
    """What a queued boot wants: one machine by id, or any one that a selector matches."""

    boot_id: int
    wanted: int | None
    selector: str
    firmware: str  # "" for the default of whichever machine is picked


@lru_cache(maxsize=1024)
def _selector(text: str) -> plans.Selector:
    return plans.Selector.parse(text)


def candidates(target: Target, pool: Iterable[Machine]) -> Iterator[Machine]:
    """The machines of `pool` on which a boot may run."""
    if target.wanted is not None:
        yield from (machine for machine in pool if machine.id == target.wanted)
        return
    selector = _selector(target.selector)
    able = (machine for machine in pool if not target.firmware or target.firmware in machine.firmware)
    yield from (machine for machine in able if selector.matches(machine.facts()))


# Written once: a pass runs whenever something ended, and building these would cost more than running them.
_FREE = (
    select(Machine)
    .where(
        Machine.state == MachineState.IDLE,
        Machine.health != Health.BAD,
        Machine.lab_id.in_(bindparam("labs", expanding=True)),
    )
    .order_by(Machine.failures_in_a_row, Machine.changed_at)
)
_READY = boots.QUEUED & Boot.image.is_not(None)
_KINDS = select(Boot.selector, Boot.firmware).distinct().where(_READY, Boot.wanted.is_(None))
# Only what may start now: a batch full of boots for busy machines must not hide those for free ones.
_MAY_START = (
    select(
        Boot.id,
        Boot.wanted,
        Boot.selector,
        Boot.firmware,
        Boot.priority,
        func.row_number().over(partition_by=Boot.repository_id, order_by=(Boot.priority.desc(), Boot.id)).label("turn"),
    )
    .where(
        _READY,
        or_(Boot.not_before.is_(None), Boot.not_before <= bindparam("moment")),
        or_(
            Boot.wanted.is_(None) & tuple_(Boot.selector, Boot.firmware).in_(bindparam("kinds", expanding=True)),
            Boot.wanted.in_(bindparam("free", expanding=True)),
        ),
    )
    .subquery()
)
_TURNS = (
    select(_MAY_START.c.id, _MAY_START.c.wanted, _MAY_START.c.selector, _MAY_START.c.firmware)
    .order_by(_MAY_START.c.priority.desc(), _MAY_START.c.turn, _MAY_START.c.id)
    .limit(_BATCH)
)
_UNSENT_BUILDS = (
    select(Build.id)
    .where(builds.LIVE, Build.state == BuildState.QUEUED, Build.sent_at.is_(None))
    .order_by(Build.id)
    .limit(_BATCH)
)


def free_machines(session: Session) -> list[Machine]:
    """Idle, not known to be bad, in a lab with a worker; the soundest first, then those that rested longest."""
    return list(session.scalars(_FREE, {"labs": list(machines.labs_with_workers(session))}))


def waiting_boots(session: Session, free: Sequence[Machine]) -> list[Target]:
    """Boots whose image is ready and whose machine may be free: by priority, then fair between repositories, then age.

    Fair: every repository's first waiting boot comes before any repository's second.
    """
    given = {"kinds": _runnable(session, free), "free": [machine.id for machine in free], "moment": now()}
    return [Target(*row) for row in session.execute(_TURNS, given)]


def _runnable(session: Session, free: Sequence[Machine]) -> list[tuple[str, str]]:
    """The selectors, with their firmware, of waiting boots that a free machine matches."""
    kinds = [Target(0, None, selector, firmware) for selector, firmware in session.execute(_KINDS)]
    return [(kind.selector, kind.firmware) for kind in kinds if any(candidates(kind, free))]


def lease_waiting(session: Session, lease_seconds: float) -> list[tuple[int, str]]:
    """Lease free machines to waiting boots; each boot's id and the lab whose worker should be told."""
    free = free_machines(session)
    if not free:
        return []
    pairs = _pairs(waiting_boots(session, free), free)
    waiting = select(Boot).where(Boot.id.in_([target.boot_id for target, _ in pairs]))
    found = {boot.id: boot for boot in session.scalars(waiting)}
    until = leases.seconds_from_now(lease_seconds)
    return [
        (target.boot_id, machine.lab.name)
        for target, machine in pairs
        if boots.lease(session, found[target.boot_id], machine, until)
    ]


def _pairs(waiting: Sequence[Target], free: list[Machine]) -> list[tuple[Target, Machine]]:
    """Each boot that finds a machine, with it; the machines that are left stay in `free`."""
    pairs = []
    for target in waiting:
        machine = next(candidates(target, free), None)
        if machine is not None:
            free.remove(machine)
            pairs.append((target, machine))
    return pairs


def builds_to_send(session: Session) -> list[int]:
    """Queued builds that no message was sent for."""
    return list(session.scalars(_UNSENT_BUILDS))


def mark_sent(session: Session, kind: type[Boot] | type[Build], ids: Sequence[int]) -> None:
    """Remember when messages for these were sent."""
    if ids:
        session.execute(
            update(kind).where(kind.id.in_(ids)).values(sent_at=now(), sends=kind.sends + 1),
            execution_options={"synchronize_session": False},
        )


def explain_waiting(session: Session, limit: int = 500) -> int:
    """Write on each queued boot why it waits, or why it can't start; how many explanations changed."""
    everything = machines.machines(session)
    live_labs = machines.labs_with_workers(session)
    builders = machines.builders_alive(session)
    changed = 0
    # Whoever has no reason yet comes first, or a queue longer than the limit would hide its end.
    waiting = select(Boot).where(boots.QUEUED).order_by(Boot.waiting_reason != "", Boot.id)
    for boot in session.scalars(waiting.limit(limit)):
        if boot.image is None:
            reason, cant_start = _why_build(boot, builders), False
        else:
            reason, cant_start = _why_machine(boot, everything, live_labs)
        if (boot.waiting_reason, boot.cant_start) != (reason, cant_start):
            boot.waiting_reason, boot.cant_start = reason, cant_start
            changed += 1
    return changed


def _why_build(boot: Boot, builders: int) -> str:
    if boot.build.state == BuildState.RUNNING:
        return f"Waits for build-{boot.build_id}, which is running."
    if builders == 0:
        return f"Waits for build-{boot.build_id}, and no build worker has said anything for a while."
    return f"Waits for build-{boot.build_id}, which waits for a builder."


def _why_machine(boot: Boot, everything: Sequence[Machine], live_labs: set[int]) -> tuple[str, bool]:
    """Why no machine was leased, and whether waiting alone will not help."""
    matching = list(candidates(Target(boot.id, boot.wanted, boot.selector, boot.firmware), everything))
    if not matching:
        return f'No machine matches "{boot.selector}" any more.'[:400], True
    online = [machine for machine in matching if machine.state != MachineState.OFFLINE]
    names = ", ".join(machine.name for machine in matching[:3]) + (" ..." if len(matching) > 3 else "")
    if not online:
        return f"{names}: out of service: {matching[0].reason}"[:400], True
    healthy = [machine for machine in online if machine.health != Health.BAD]
    if not healthy:
        return f"{names}: taken for broken: {online[0].reason}"[:400], True
    reachable = [machine for machine in healthy if machine.lab_id in live_labs]
    if not reachable:
        return f'Lab "{healthy[0].lab.name}" has no worker that answers.', False
    if boot.not_before and boot.not_before > now():
        return "Waits a few seconds before it tries again.", False
    return f"Waits for a free machine; {len(reachable)} can run it, all busy.", False
