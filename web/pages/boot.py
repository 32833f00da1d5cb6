"""One boot: what happened, its steps, its console, and what may be done with it."""

from datetime import datetime

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from farm import boots, submissions
from farm.access import Scope
from farm.appraisals import write_offs
from farm.boots import Boot
from farm.ids import parse_id
from web.current import caller, farm
from web.hits import Markers, case_hits
from web.models import BootDetail, BootOut
from web.pages.answers import is_poll, page, see
from web.pages.attestation import card
from web.pages.filters import known
from web.pages.live_console import LiveConsole, live_console
from web.pages.sentences import boot_sentence

blueprint = Blueprint("boot", __name__)


@blueprint.get("/boots/<boot>")
def boot(boot: str) -> Response:
    """The page, or its header, steps and cases while it is polled."""
    known("time")
    with farm().db.reading() as session:
        found = boots.boot(session, parse_id(boot, "boot"))
        detail = BootDetail.load(session, farm().consoles, found)
        return page(
            "boot.html",
            fragment="parts/boot_now.html",
            boot=detail,
            submission=submissions.submission(session, found.submission_id),
            attempts=[BootOut.of(one) for one in boots.attempts(session, found)],
            sentence=boot_sentence(detail, _seconds_of_last_good(session, detail)),
            console=None if is_poll() else _console(detail, Markers.of(found)),
            powered_on=_powered_on(found),
            card=card(session, found, detail) if detail.verdict else None,
        )


def _console(detail: BootDetail, markers: Markers) -> LiveConsole:
    stream = farm().consoles.stream(detail.id, "serial")
    live, hits = detail.verdict is None, case_hits(detail.cases)
    return live_console(stream, detail.url, "serial", live=live, hits=hits, markers=markers)


def _seconds_of_last_good(session: Session, detail: BootDetail) -> float | None:
    if detail.last_good is None or detail.verdict != "pass":
        return None
    return BootOut.of(boots.boot(session, parse_id(detail.last_good, "boot"))).seconds


def _powered_on(found: Boot) -> datetime | None:
    """When the machine of a running boot was switched on, as far as its worker said."""
    moments = [step["finished_at"] or step["started_at"] for step in found.steps if step["name"] == "power on"]
    return datetime.fromisoformat(moments[0]) if moments else None


@blueprint.post("/boots/<boot>/write-off")
def write_off(boot: str) -> Response:
    """Try its owed appraisal no more, with a reason."""
    caller().need(Scope.ATTEST_APPROVE)
    number = parse_id(boot, "boot")
    with farm().db.writing() as session:
        write_offs.write_off(session, number, by=caller().name, why=request.form.get("reason", ""))
    return see(f"/boots/boot-{number}")


@blueprint.post("/boots/<boot>/cancel")
def cancel(boot: str) -> Response:
    """Cancel it, and the build that nobody else waits for."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        found = boots.boot(session, parse_id(boot, "boot"))
        boots.cancel(session, found, caller().name)
        submissions.cancel_unwanted_build(session, found.build, caller().name)
    farm().nudge()
    return see(f"/boots/boot-{found.id}")


@blueprint.post("/boots/<boot>/rerun")
def rerun(boot: str) -> Response:
    """Run it again, and go to the new attempt."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        before = boots.boot(session, parse_id(boot, "boot"))
        made = submissions.rerun_boot(session, before, same_machine="same_machine" in request.form)
    farm().nudge()
    return see(f"/boots/boot-{made.id}")
