"""One submission: what it came to, its boots as a table of machine x firmware, and what happened when."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request

from farm import submissions
from farm.access import Scope
from farm.errors import BadRequest
from farm.ids import parse_id
from farm.states import Verdict
from web.current import caller, farm
from web.models import BootOut, BuildOut, SubmissionDetail
from web.pages.answers import page, see
from web.pages.matrix import matrix
from web.pages.sentences import submission_sentence

blueprint = Blueprint("submission", __name__)
_MOST_EVENTS = 30


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    at: datetime
    words: str
    url: str = ""
    status: str = ""


@blueprint.get("/submissions/<submission>")
def submission(submission: str) -> Response:
    """The page, or all but the plan's text while it is polled."""
    with farm().db.reading() as session:
        found = submissions.submission(session, parse_id(submission, "submission"))
        detail = SubmissionDetail.load(session, found)
        attempts = [BootOut.of(one) for one in submissions.boots_of(session, found.id)]
    return page(
        "submission.html",
        fragment="parts/submission_now.html",
        submission=detail,
        sentence=submission_sentence(detail),
        matrix=matrix(detail.boots, _row, lambda boot: boot.firmware or "default"),
        timeline=_timeline(detail, attempts),
        tree=found.tree,
    )


def _row(boot: BootOut) -> str:
    return boot.machine or boot.selector


def _timeline(detail: SubmissionDetail, attempts: list[BootOut]) -> list[Event]:
    """What happened, earlier attempts included: the table above has the last ones only."""
    events = [Event(detail.created_at, f"submitted by {detail.by}" if detail.by else "submitted")]
    jobs: list[BuildOut | BootOut] = [*detail.builds, *attempts]
    for job in jobs:
        name = f"{job.id} on {job.machine}" if isinstance(job, BootOut) and job.machine else job.id
        name += f", attempt {job.attempt}," if job.attempt > 1 else ""
        if job.started_at:
            events.append(Event(job.started_at, f"{name} started", job.url))
        if job.finished_at:
            ended = f"{name} finished" + (f": {job.cause}" if job.cause else "")
            events.append(Event(job.finished_at, ended, job.url, job.status))
    return sorted(events, key=lambda event: event.at)[-_MOST_EVENTS:]


@blueprint.post("/submissions/<submission>/cancel")
def cancel(submission: str) -> Response:
    """Cancel what is unfinished."""
    caller().need(Scope.SUBMIT)
    number = parse_id(submission, "submission")
    with farm().db.writing() as session:
        submissions.cancel(session, number, caller().name)
    farm().nudge()
    return see(f"/submissions/submission-{number}")


@blueprint.post("/submissions/<submission>/rerun")
def rerun(submission: str) -> Response:
    """Run its finished boots again: all, or those with one verdict."""
    caller().need(Scope.SUBMIT)
    number = parse_id(submission, "submission")
    only = request.form.get("only", "")
    if only not in ("", *Verdict):
        raise BadRequest(f'"{only[:40]}" is no verdict.', next_step="Use the buttons of the page.")
    with farm().db.writing() as session:
        submissions.rerun(session, number, only_verdict=Verdict(only) if only else None)
    farm().nudge()
    return see(f"/submissions/submission-{number}")
