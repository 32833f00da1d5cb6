"""Question: when each value of each PCR of each machine was first and last seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from farm.asking.newest import MERGED, merged, unindexed
from farm.asking.pages import Answer, Key, Page, Statement, beyond, cut
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


# Plain tables: one union has a part for each machine, and mapped classes would make its building the slow part.
_RUN = PcrRun.__table__.alias("run").c
_EARLIER = PcrRun.__table__.alias("earlier").c


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


def _of_machine(asked: Measured, machine: int, key: Key) -> Statement:
    order = (_RUN.pcr, _RUN.first_boot, _RUN.id)
    ids = _narrowed(asked).where(_RUN.machine_id == machine).order_by(*order)
    return ids.where(beyond(order, key[1:])) if key and key[0] == machine else ids


def _of_value(asked: Measured, key: Key) -> Statement:
    machine = unindexed(_RUN.machine_id)
    order = (machine, _RUN.pcr, _RUN.first_boot, _RUN.id)
    ids = _narrowed(asked).where(_RUN.value.between(asked.value, asked.value + "g")).order_by(*order)
    if asked.scope.machines is not None:
        ids = ids.where(machine.in_(asked.scope.machines))
    return ids.where(beyond(order, key)) if key else ids


def _narrowed(asked: Measured) -> Statement:
    """Ids of the first stretch of each value."""
    run = _RUN
    seen_before = exists().where(*_same_value(_EARLIER, run), _EARLIER.first_boot < run.first_boot)
    ids: Statement = select(run.id).where(~seen_before).limit(asked.page.limit + 1)
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


def _whole(chosen: Any, limit: int) -> Statement:
    run, every, last = aliased(PcrRun), aliased(PcrRun), aliased(PcrRun)
    same = select(every.id).where(*_same_value(every, run)).correlate(run)
    newest = same.order_by(every.first_boot.desc()).limit(1).scalar_subquery()

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
            last.last_boot,
            last.last_at,
            same.with_only_columns(func.sum(every.boots)).scalar_subquery(),
            same.with_only_columns(func.count()).scalar_subquery(),
        )
        .select_from(run)
        .join(chosen, chosen.c.id == run.id)
        .join(last, last.id == newest)
        .join(Machine, Machine.id == run.machine_id)
        .order_by(run.machine_id, run.pcr, run.first_boot, run.id)
        .limit(limit)
    )
