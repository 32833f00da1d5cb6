"""Question: when each value of each PCR of each machine was first and last seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from farm.asking.newest import MERGED, merged, unindexed
from farm.asking.pages import Answer, Key, Page, beyond, cut
from farm.asking.scope import EVERYTHING, Scope
from farm.machines import Machine
from farm.pcrs import PcrRun, PcrSource


@dataclass(frozen=True)
class Measured:
    """Which values. `value` is hex, a prefix will do; `since` and `until` are about when it was first seen."""

    scope: Scope = EVERYTHING
    pcr: int | None = None
    source: PcrSource | None = None
    value: str = ""
    page: Page = field(default_factory=Page)


@dataclass(frozen=True)
class Measurement:
    """One value of one PCR on one machine. `stretches` is how often it came anew, `boots` how many showed it."""

    id: int  # of the first stretch
    machine_id: int
    machine: str
    pcr: int
    source: str
    value: str
    first_boot: int
    first_at: datetime
    last_boot: int
    last_at: datetime
    boots: int
    stretches: int


def measurements(session: Session, asked: Measured) -> Answer[Measurement]:
    """By machine and PCR, then in the order in which the values were first seen."""
    found: list[Measurement] = []
    key = asked.page.key(4) if asked.page.after else ()
    for chosen in _choices(session, asked, key):
        found += [Measurement(*row) for row in session.execute(_whole(chosen, asked.page.limit + 1 - len(found)))]
        if len(found) > asked.page.limit:
            break
    return cut(found, asked.page, lambda row: (row.machine_id, row.pcr, row.first_boot, row.id))


def _choices(session: Session, asked: Measured, key: Key) -> Iterator[Any]:
    """Subqueries of ids, which together are the answer in its order: few values, or batch by batch of machines."""
    if asked.value:
        yield _of_value(asked, key).subquery()
        return
    machines = asked.scope.machines
    ids = sorted(session.scalars(select(Machine.id)) if machines is None else machines)
    left = [one for one in ids if not key or one >= key[0]]
    for start in range(0, len(left), MERGED):
        yield merged(left[start : start + MERGED], lambda one: _of_machine(asked, one, key))


def _of_machine(asked: Measured, machine: int, key: Key) -> Select[Any]:
    run = aliased(PcrRun)
    ids = _narrowed(select(run.id).where(run.machine_id == machine), run, asked)
    if key and key[0] == machine:
        ids = ids.where(beyond((run.pcr, run.first_boot, run.id), key[1:]))
    return ids.order_by(run.pcr, run.first_boot, run.id).limit(asked.page.limit + 1)


def _of_value(asked: Measured, key: Key) -> Select[Any]:
    run = aliased(PcrRun)
    ids = _narrowed(select(run.id).where(run.value.between(asked.value, asked.value + "g")), run, asked)
    if asked.scope.machines is not None:
        ids = ids.where(unindexed(run.machine_id).in_(asked.scope.machines))
    order = (unindexed(run.machine_id), run.pcr, run.first_boot, run.id)
    if key:
        ids = ids.where(beyond(order, key))
    return ids.order_by(*order).limit(asked.page.limit + 1)


def _narrowed(ids: Select[Any], run: Any, asked: Measured) -> Select[Any]:
    earlier = aliased(PcrRun)
    seen_before = exists().where(*_same_value(earlier, run), earlier.first_boot < run.first_boot)
    ids = ids.where(~seen_before)
    if asked.pcr is not None:
        ids = ids.where(run.pcr == asked.pcr)
    if asked.source is not None:
        ids = ids.where(run.source == asked.source)
    if asked.scope.since:
        ids = ids.where(run.first_at >= asked.scope.since)
    if asked.scope.until:
        ids = ids.where(run.first_at < asked.scope.until)
    return ids


def _same_value(one: Any, other: Any) -> tuple[Any, ...]:
    return (
        one.value == other.value,
        one.machine_id == other.machine_id,
        one.pcr == other.pcr,
        one.source == other.source,
    )


def _whole(chosen: Any, limit: int) -> Select[Any]:
    run, every = aliased(PcrRun), aliased(PcrRun)
    same = select(func.max(every.last_boot)).where(*_same_value(every, run)).correlate(run)

    def of_all(what: Any) -> Any:
        return same.with_only_columns(what).scalar_subquery()

    return (
        select(
            run.id,
            run.machine_id,
            Machine.name,
            run.pcr,
            run.source,
            run.value,
            run.first_boot,
            run.first_at,
            of_all(func.max(every.last_boot)),
            of_all(func.max(every.last_at)),
            of_all(func.sum(every.boots)),
            of_all(func.count()),
        )
        .join(chosen, chosen.c.id == run.id)
        .join(Machine, Machine.id == run.machine_id)
        .order_by(run.machine_id, run.pcr, run.first_boot, run.id)
        .limit(limit)
    )
