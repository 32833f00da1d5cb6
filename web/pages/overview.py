"""The overview: is the farm well, who is needed, what runs, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from farm import history, machines, repositories
from farm.appraisals import OwedAppraisal, owed
from farm.appraisals.owed import Owing
from farm.database import now
from farm.history import Filter, Page, QueueState
from farm.machines import WORKER_SILENCE, Machine, Worker
from web.current import farm
from web.models import BootOut
from web.pages.answers import page
from web.pages.running import Running, running
from web.pages.subjects import subjects_of
from web.pages.tier_strips import Open, open_changes, tier_strips

blueprint = Blueprint("overview", __name__)
_RECENT = 50
_NAMED = 5  # boots of one kind of need


@dataclass(frozen=True)
class Strip:
    """The farm in figures."""

    machines: dict[str, int]
    queue: QueueState
    builders: list[Worker]
    bootworkers: list[Worker]
    alive_after: datetime
    verifier: Owing

    def alive(self, workers: list[Worker]) -> int:
        """How many of them spoke lately."""
        return sum(worker.last_seen_at > self.alive_after for worker in workers)

    def last_seen(self, workers: list[Worker]) -> datetime | None:
        """When one of them spoke last."""
        return max((worker.last_seen_at for worker in workers), default=None)


@dataclass(frozen=True)
class Needs:
    """What waits for a person."""

    machines: list[Machine]
    boots: list[BootOut]
    more_boots: int
    changes: list[Open]
    owed: Sequence[OwedAppraisal]

    @property
    def anything(self) -> bool:
        """Whether anything waits at all."""
        return bool(self.machines or self.boots or self.changes or self.owed)


@blueprint.get("/")
def overview() -> Response:
    """The whole page, or what of it changes."""
    with farm().db.reading() as session:
        strip = _strip(session)
        rows = history.list_boots(session, Filter(), Page(limit=_RECENT))
        recent = BootOut.listed(session, rows.rows)
        live: list[Running] = running(session, farm().consoles)
        strips = tier_strips(session)
        return page(
            "overview.html",
            fragment="parts/overview_now.html",
            strip=strip,
            needs=_needs(session, strip),
            running=live,
            recent=recent,
            strips=strips,
            proven=any(commit.tier for one in strips for commit in one.commits),
            more=rows.next is not None,
            subjects=subjects_of(session, [*recent, *(one.boot for one in live)]),
            repositories=repositories.repositories(session) if not recent else [],
        )


def _strip(session: Session) -> Strip:
    workers = machines.workers(session)
    return Strip(
        machines=machines.conditions(session),
        queue=history.queue_state(session),
        builders=[worker for worker in workers if "build" in worker.kinds],
        bootworkers=[worker for worker in workers if "boot" in worker.kinds],
        alive_after=now() - WORKER_SILENCE,
        verifier=owed.owing(session),
    )


def _needs(session: Session, strip: Strip) -> Needs:
    sick, cant_start = machines.out_of_service(session), strip.queue.cant_start
    failing = owed.stubborn(session, _NAMED) if strip.verifier.number else ()
    if not cant_start:
        return Needs(sick, [], 0, open_changes(session), failing)
    waiting = history.list_boots(session, Filter(verdict=["waiting"]), Page(limit=200)).rows
    stuck = [BootOut.of(boot) for boot in waiting if boot.cant_start][:_NAMED]
    return Needs(sick, stuck, max(0, cant_start - len(stuck)), open_changes(session), failing)
