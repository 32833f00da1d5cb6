"""Appraisals of one boot, their signed results, and re-appraisals of everything."""

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from farm import boots, changes, policies
from farm.access import Scope
from farm.appraisals import AppraisalRow, listing, runs, write_offs
from farm.appraisals.runs import Reappraisal
from farm.errors import NotFound
from farm.ids import parse_id
from web.api.answers import offer_next
from web.api.people.lists import In
from web.api.people.owed import WriteOffOut
from web.current import caller, farm
from web.models import Out

blueprint = APIBlueprint("appraisals", __name__, tag="attestation")


class AppraisalOut(Out):
    """One run of the verifier over one boot's evidence. `outcome` error is a fault of the farm's, not of the boot."""

    id: int
    boot: str
    run: int
    at: datetime
    outcome: str
    tier: str
    reason: str
    statement: str
    policy_id: int
    policy_body_digest: str
    verifier: str
    image: str
    image_digest: str
    firmware: str
    ak_name: str
    platform_ak_name: str
    attest_digest: str
    steps: list[dict[str, Any]]
    facts: dict[str, Any]
    evidence: dict[str, str]
    ear: str
    previous_hash: str
    row_hash: str

    @classmethod
    def of(cls, row: AppraisalRow) -> "AppraisalOut":
        """From its row."""
        same = {name: getattr(row, name) for name in cls.model_fields if name != "boot"}
        return cls(boot=f"boot-{row.boot_id}", **same)


class AppraisalList(BaseModel):
    """All runs over a boot's evidence, the newest first; `owed` says that another one is to come, and `written_off`
    has what was owed once until somebody gave up on it, the newest first."""

    items: list[AppraisalOut]
    owed: bool
    written_off: list[WriteOffOut]


@blueprint.get("/boots/<boot>/appraisals")
@blueprint.output(AppraisalList)
def list_appraisals(boot: str) -> AppraisalList:
    """All appraisals of a boot, the newest first."""
    number = parse_id(boot, "boot")
    with farm().db.reading() as session:
        boots.boot(session, number)
        rows = [AppraisalOut.of(one) for one in listing.of_boot(session, number)]
        given_up = [WriteOffOut.of(one) for one in write_offs.of_boot(session, number)]
        return AppraisalList(items=rows, owed=listing.owed(session, number) is not None, written_off=given_up)


@blueprint.get("/boots/<boot>/ear")
def get_ear(boot: str) -> Response:
    """The newest result of a boot, signed: a JWT whose key is in /.well-known/jwks.json.

    Never an older one: what was good then may be known to be bad now.
    """
    number = parse_id(boot, "boot")
    with farm().db.reading() as session:
        newest = next(iter(listing.of_boot(session, number)), None)
    if newest is None:
        raise NotFound(f"boot-{number} was never appraised.", next_step="Its page says what it left as evidence.")
    if not newest.ear:
        raise NotFound(
            f"The newest result of boot-{number} is not signed: its tier is {newest.tier}.",
            next_step="`bootfarm keys list` on the farm says what is wrong with its keys.",
        )
    return Response(newest.ear, content_type="application/eat+jwt")


class ReappraisalIn(In):
    """Why everything is appraised again, and under which policy; without one, that of each boot's plan."""

    why: str = Field(min_length=1, max_length=400)
    policy: str = Field("", max_length=63)


class ReappraisalOut(Out):
    """How far a re-appraisal is: boots up to `after_boot` of `until_boot` are done."""

    id: int
    policy_id: int | None
    by: str
    why: str
    started_at: datetime
    finished_at: datetime | None
    after_boot: int
    until_boot: int
    appraised: int
    changed: int

    @classmethod
    def of(cls, found: Reappraisal) -> "ReappraisalOut":
        """From its row."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class ReappraisalList(BaseModel):
    """The last few re-appraisals, the newest first."""

    items: list[ReappraisalOut]


@blueprint.get("/reappraisals")
@blueprint.output(ReappraisalList)
def list_reappraisals() -> ReappraisalList:
    """The last few re-appraisals."""
    with farm().db.reading() as session:
        return ReappraisalList(items=[ReappraisalOut.of(one) for one in runs.newest(session)])


@blueprint.post("/reappraisals")
@blueprint.input(ReappraisalIn, arg_name="body")
@blueprint.output(ReappraisalOut, status_code=201)
def begin_reappraisal(body: ReappraisalIn) -> ReappraisalOut:
    """Appraise everything kept once more; the dispatcher does it, and old rows stay."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        policy_id = policies.newest(session, body.policy).id if body.policy else None
        made = ReappraisalOut.of(runs.begin(session, policy_id=policy_id, by=caller().name, why=body.why))
    farm().nudge()
    return made


@blueprint.get("/reappraisals/<int:number>")
@blueprint.output(ReappraisalOut)
def get_reappraisal(number: int) -> ReappraisalOut:
    """How far one is."""
    with farm().db.reading() as session:
        return ReappraisalOut.of(runs.reappraisal(session, number))


class ChangeOut(Out):
    """One difference; `cause` is from a closed list, and "unexplained" needs somebody."""

    id: int
    machine: str
    at: datetime
    kind: str
    what: str
    before: str
    after: str
    worse: bool
    cause: str
    boot_before: str
    boot_after: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    why: str

    @classmethod
    def of(cls, found: changes.Change, machine: str) -> "ChangeOut":
        """From its row."""
        named: dict[str, Any] = {
            "machine": machine,
            "boot_before": f"boot-{found.boot_before}",
            "boot_after": f"boot-{found.boot_after}",
        }
        return cls(**named, **{name: getattr(found, name) for name in cls.model_fields if name not in named})


class ChangeList(BaseModel):
    """A page of differences; `next` is the cursor of the next one."""

    items: list[ChangeOut]
    next: str | None


class ChangeQuery(In):
    """Where a page begins and how long it is."""

    cursor: str = Field("", pattern="^[0-9]{0,18}$")
    limit: int = Field(50, ge=1, le=500)


@blueprint.get("/reappraisals/<int:number>/changes")
@blueprint.input(ChangeQuery, location="query", arg_name="query")
@blueprint.output(ChangeList)
def list_differences(number: int, query: ChangeQuery) -> ChangeList:
    """What a re-appraisal judged differently, in the order of the boots."""
    after = int(query.cursor or 0)
    with farm().db.reading() as session:
        runs.reappraisal(session, number)
        found = changes.of_reappraisal(session, number, after=after, limit=query.limit)
        items = [ChangeOut.of(one, name) for one, name in found[: query.limit]]
    return ChangeList(items=items, next=offer_next(str(items[-1].id) if len(found) > query.limit else None))


class AcknowledgeIn(In):
    """What a change was."""

    why: str = Field(min_length=1, max_length=400)


@blueprint.post("/changes/<int:number>/acknowledge")
@blueprint.input(AcknowledgeIn, arg_name="body")
@blueprint.output(ChangeOut)
def acknowledge_change(number: int, body: AcknowledgeIn) -> ChangeOut:
    """Say that a change was seen, and what it was."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        found = changes.acknowledge(session, number, by=caller().name, why=body.why)
        return ChangeOut.of(found, changes.machine_of(session, found))
