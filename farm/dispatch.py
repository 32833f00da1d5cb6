"""Dispatch: which waiting boot gets which free machine, and why the others wait.

Each function is one question or one small pass; a pass may be killed at any line, and the next one goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from farm import boots, machines, plans
from farm.boots import Boot
from farm.builds import Build
from farm.database import now
from farm.machines import Health, Machine, MachineState
from farm.states import BootState, BuildState

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


def free_machines(session: Session) -> list[Machine]:
    """Idle, not known to be bad, in a lab with a worker; the soundest first, then those that rested longest."""
    labs = machines.labs_with_workers(session)
    idle = select(Machine).where(
        Machine.state == MachineState.IDLE, Machine.health != Health.BAD, Machine.lab_id.in_(labs)
    )
    return list(session.scalars(idle.order_by(Machine.failures_in_a_row, Machine.changed_at)))


def waiting_boots(session: Session, free: Sequence[Machine]) -> list[Target]:
    """Boots whose image is ready and whose machine may be free: by priority, then fair between repositories, then age.

    Fair: every repository's first waiting boot comes before any repository's second.
    """
    runnable = _runnable(session, free)
    turn = func.row_number().over(partition_by=Boot.repository_id, order_by=(Boot.priority.desc(), Boot.id))
    ready = select(Boot.id, Boot.wanted, Boot.selector, Boot.firmware, Boot.priority, turn.label("turn"))
    ready = ready.where(Boot.state == BootState.QUEUED, Boot.image.is_not(None))
    ready = ready.where(or_(Boot.not_before.is_(None), Boot.not_before <= now()))
    # Only what may start now: a batch full of boots for busy machines must not hide those for free ones.
    any_one = Boot.wanted.is_(None) & tuple_(Boot.selector, Boot.firmware).in_(runnable)
    ready = ready.where(or_(any_one, Boot.wanted.in_([machine.id for machine in free])))
    queue = ready.subquery()
    rows = select(queue.c.id, queue.c.wanted, queue.c.selector, queue.c.firmware)
    rows = rows.order_by(queue.c.priority.desc(), queue.c.turn, queue.c.id).limit(_BATCH)
    return [Target(*row) for row in session.execute(rows)]


def _runnable(session: Session, free: Sequence[Machine]) -> list[tuple[str, str]]:
    """The selectors, with their firmware, of waiting boots that a free machine matches."""
    asked = select(Boot.selector, Boot.firmware).distinct()
    asked = asked.where(Boot.state == BootState.QUEUED, Boot.image.is_not(None), Boot.wanted.is_(None))
    kinds = [Target(0, None, selector, firmware) for selector, firmware in session.execute(asked)]
    return [(kind.selector, kind.firmware) for kind in kinds if any(candidates(kind, free))]


def lease_waiting(session: Session, lease_seconds: float) -> list[tuple[int, str]]:
    """Lease free machines to waiting boots; each boot's id and the lab whose worker should be told."""
    free = free_machines(session)
    if not free:
        return []
    leased = []
    for target in waiting_boots(session, free):
        machine = next(candidates(target, free), None)
        if machine is None:
            continue
        free.remove(machine)
        boot = boots.boot(session, target.boot_id)
        if boots.lease(session, boot, machine, boots.lease_seconds_from_now(lease_seconds)):
            leased.append((boot.id, machine.lab.name))
    return leased


def builds_to_send(session: Session) -> list[int]:
    """Queued builds that no message was sent for."""
    fresh = select(Build.id).where(Build.state == BuildState.QUEUED, Build.sent_at.is_(None))
    return list(session.scalars(fresh.order_by(Build.id).limit(_BATCH)))


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
    waiting = select(Boot).where(Boot.state == BootState.QUEUED).order_by(Boot.waiting_reason != "", Boot.id)
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
