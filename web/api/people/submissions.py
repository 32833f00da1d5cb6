"""Submit a commit, see what became of it, cancel it, run it again."""

import base64
from typing import Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from farm import history, plans, submissions
from farm.access import Scope
from farm.errors import BadRequest
from farm.ids import parse_id
from farm.states import Verdict
from web import models
from web.api.idempotency import CREATED, submitted_once
from web.api.people.boots import BootList
from web.api.people.lists import In, SubmissionQuery, cursor
from web.current import caller, farm

blueprint = APIBlueprint("submissions", __name__, tag="people")


class SubmissionList(BaseModel):
    """A page of submissions."""

    items: list[models.SubmissionOut]
    next: str | None


class SubmitIn(In):
    """One submission. `patch` is text, or base64 after `base64:`."""

    repository: str = Field(min_length=1, max_length=2000)
    ref: str = Field("HEAD", min_length=1, max_length=300)
    patch: str = ""
    note: str = Field("", max_length=1000)
    machines: list[str] = Field([], max_length=100)
    firmware: list[str] = Field([], max_length=100)
    fresh_build: bool = False
    priority: int = Field(0, ge=-10, le=10)

    def request(self) -> submissions.Request:
        """As the domain takes it."""
        return submissions.Request(
            repository=self.repository,
            ref=self.ref,
            patch=patch_bytes(self.patch),
            note=self.note,
            machines=tuple(self.machines),
            firmware=tuple(self.firmware),
            fresh_build=self.fresh_build,
            priority=self.priority,
        )


class BadPatch(BadRequest):
    """A patch that can't be read."""

    code = "bad-patch"


def patch_bytes(text: str) -> bytes:
    """A patch from the form in which JSON and pages carry it.

    Raises:
        BadPatch: `base64:` with something else behind it.
    """
    if not text.startswith("base64:"):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix("base64:"), validate=True)
    except ValueError as error:  # binascii.Error, and another one for what is not ASCII
        raise BadPatch(f"The patch is not valid base64: {error}.") from error


class PlannedBootOut(BaseModel):
    """A boot that a submission would make."""

    selector: str
    machine: str | None
    firmware: str | None
    image: str | None


class SettingOut(BaseModel):
    """One effective value of the plan and where it comes from."""

    key: str
    value: str
    origin: str


class Preview(BaseModel):
    """What a submission would do, without doing it."""

    repository: str
    commit: str
    subject: str
    boots: list[PlannedBootOut]
    warnings: list[str]
    settings: list[SettingOut]


@blueprint.post("/submissions")
@blueprint.input(SubmitIn, arg_name="body")
@blueprint.output(models.SubmissionDetail, status_code=CREATED)
def submit(body: SubmitIn) -> models.SubmissionDetail:
    """Submit a commit. With `Idempotency-Key`, the same request again is answered with the first one's submission."""
    caller().need(Scope.SUBMIT)
    return _detail(submitted_once(body.request()))


def _detail(number: int) -> models.SubmissionDetail:
    with farm().db.reading() as session:
        return models.SubmissionDetail.load(session, submissions.submission(session, number))


@blueprint.post("/submissions/preview")
@blueprint.input(SubmitIn, arg_name="body")
@blueprint.output(Preview)
def preview(body: SubmitIn) -> Preview:
    """What a submission would build and boot."""
    caller().need(Scope.SUBMIT)
    return preview_of(submissions.prepare(farm(), body.request()))


def preview_of(prepared: submissions.Prepared) -> Preview:
    """For the API and the submit page."""
    return Preview(
        repository=prepared.request.repository,
        commit=prepared.commit.sha,
        subject=prepared.commit.subject,
        boots=[
            PlannedBootOut(selector=one.selector, machine=one.machine, firmware=one.firmware, image=one.image)
            for one in prepared.expansion.boots
        ],
        warnings=[warning.headline for warning in prepared.expansion.warnings],
        settings=[
            SettingOut(key=key, value=str(value), origin=origin)
            for key, value, origin in plans.effective(prepared.read, prepared.plan)
        ],
    )


@blueprint.get("/submissions")
@blueprint.input(SubmissionQuery, location="query", arg_name="query")
@blueprint.output(SubmissionList)
def list_submissions(query: SubmissionQuery) -> SubmissionList:
    """Submissions, the newest first."""
    with farm().db.reading() as session:
        found = history.list_submissions(session, query.filter(), query.page())
        last = history.boots_of_submissions(session, [one.id for one in found.rows])
        items = [models.SubmissionOut.of(one, last[one.id]) for one in found.rows]
        return SubmissionList(items=items, next=cursor(found))


@blueprint.get("/submissions/<submission>")
@blueprint.output(models.SubmissionDetail)
def get_submission(submission: str) -> models.SubmissionDetail:
    """One submission with its boots and builds."""
    return _detail(parse_id(submission, "submission"))


@blueprint.post("/submissions/<submission>/cancel")
@blueprint.output(models.SubmissionDetail)
def cancel_submission(submission: str) -> models.SubmissionDetail:
    """Cancel what is unfinished of a submission."""
    caller().need(Scope.SUBMIT)
    number = parse_id(submission, "submission")
    with farm().db.writing() as session:
        submissions.cancel(session, number, caller().name)
    farm().nudge()
    return _detail(number)


class RerunIn(In):
    """Which boots to run again: all, or those with this verdict; and whether each must run where it ran."""

    only: Literal["fail", "infra", "cancelled"] | None = None
    same_machine: bool = False


@blueprint.post("/submissions/<submission>/rerun")
@blueprint.input(RerunIn, arg_name="body")
@blueprint.output(BootList)
def rerun_submission(submission: str, body: RerunIn) -> BootList:
    """Run a submission's finished boots again, each as a new attempt."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        only = Verdict(body.only) if body.only else None
        number = parse_id(submission, "submission")
        made = submissions.rerun(session, number, only_verdict=only, same_machine=body.same_machine)
        items = [models.BootOut.of(boot) for boot in made]
    farm().nudge()
    return BootList(items=items, next=None)
