"""Machines: which there are, why one is out of service, and the two buttons that change that."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from farm import asking, enrolments, history, machines
from farm.access import Scope
from farm.asking.scope import Scope as Asked
from farm.history import Filter, Page
from farm.ids import parse_id
from farm.machines import Machine
from web.current import caller, farm
from web.models import BootOut, MachineOut
from web.pages.answers import is_poll, page, see
from web.pages.filters import known, moment_of
from web.pages.lists import toggled, without
from web.pages.pcr_timeline import timeline
from web.pages.subjects import subjects_of
from web.pages.tiers import tier_mark

blueprint = Blueprint("machines", __name__)
_FACETS = ("state", "health", "pool", "lab", "driver", "tag")
_RECENT = 50


@dataclass(frozen=True)
class Record:
    """What came of a machine's recent boots; `tiers` of those that ran, by their words."""

    boots: int
    counts: dict[str, int]
    tiers: dict[str, int]
    median_seconds: float | None

    def share(self, status: str) -> float:
        """Of the finished ones, in percent."""
        return 100 * self.counts.get(status, 0) / self.boots if self.boots else 0.0


@blueprint.get("/machines")
def all_machines() -> Response:
    """All machines that the facets leave, with what they do now."""
    known(*_FACETS)
    with farm().db.reading() as session:
        shown = [MachineOut.of(machine) for machine in machines.machines(session)]
        busy = {boot.machine.name: BootOut.of(boot) for boot in history.running_boots(session, 500) if boot.machine}
    facets = {name: Counter(word for one in shown for word in _values(one, name)) for name in _FACETS}
    return page(
        "machines.html",
        machines=[one for one in shown if _matches(one)],
        total=len(shown),
        facets={name: values for name, values in facets.items() if len(values) > 1},
        busy=busy,
        toggled=toggled,
        without=without,
    )


def _values(machine: MachineOut, facet: str) -> list[str]:
    return machine.tags if facet == "tag" else [str(getattr(machine, facet))]


def _matches(machine: MachineOut) -> bool:
    """Values of one facet are OR, facets are AND."""
    asked = {name: request.args.getlist(name) for name in _FACETS}
    return all(not words or set(words) & set(_values(machine, name)) for name, words in asked.items())


@blueprint.get("/machines/<name>")
def one_machine(name: str) -> Response:
    """One machine and its recent boots."""
    known("since", "until")
    with farm().db.reading() as session:
        found: Machine = machines.machine(session, name)
        rows = history.list_boots(session, Filter(machine=[found.name]), Page(limit=_RECENT))
        recent = BootOut.listed(session, rows.rows)
        return page(
            "machine.html",
            fragment="parts/machine_now.html",
            machine=MachineOut.of(found),
            failures=found.failures_in_a_row,
            boots=recent,
            record=_record(recent),
            more=rows.next is not None,
            subjects=subjects_of(session, recent),
            standing=asking.latest_tiers(session, Asked(machines=(found.id,))).rows[0],
            **({} if is_poll() else _proofs(session, found)),
        )


def _proofs(session: Session, found: Machine) -> dict[str, Any]:
    """What its evidence showed, and the keys that vouch for it."""
    return {
        "timeline": timeline(session, found.id, moment_of("since"), moment_of("until")),
        "enrolments": enrolments.of_machine(session, found.id),
    }


def _record(recent: list[BootOut]) -> Record:
    done = [boot for boot in recent if boot.verdict in ("pass", "fail", "infra")]
    times = sorted(boot.seconds for boot in done if boot.verdict == "pass" and boot.seconds is not None)
    return Record(
        boots=len(done),
        counts=dict(Counter(boot.status for boot in done)),
        tiers=dict(
            Counter(tier_mark(boot.tier or "none").word for boot in done if boot.tier or boot.verdict != "infra")
        ),
        median_seconds=times[len(times) // 2] if times else None,
    )


@blueprint.post("/machines/<name>/service")
def service(name: str) -> Response:
    """Out of service with a reason, or back."""
    caller().need(Scope.OPERATE)
    with farm().db.writing() as session:
        found = machines.machine(session, name)
        if request.form.get("in_service"):
            machines.bring_online(session, found)
        else:
            machines.take_offline(session, found, request.form.get("reason", ""))
    farm().nudge()
    return see(f"/machines/{found.name}")


@blueprint.post("/machines/<name>/enrolment/end")
def end_enrolment(name: str) -> Response:
    """End the machine's platform key, with a reason."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        found = machines.machine(session, name)
        seen = parse_id(request.form.get("seen", ""), "enrolment")
        enrolments.end(session, found, by=caller().name, why=request.form.get("reason", ""), seen=seen)
    return see(f"/machines/{found.name}")
