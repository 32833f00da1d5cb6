"""Appraisals that the farm owes because its verifier failed, and those that somebody wrote off."""

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from farm.access import Scope
from farm.appraisals import OwedAppraisal, WriteOff, owed, write_offs
from farm.ids import parse_id
from web.api.answers import offer_next
from web.api.people.lists import In
from web.current import caller, farm
from web.models import Out

blueprint = APIBlueprint("owed", __name__, tag="attestation")


class OwedOut(Out):
    """Evidence that waits for its appraisal: how often the verifier failed on it, how the last time, and when it tries
    again. `reappraisal` is the one that owes it, if one does."""

    boot: str
    since: datetime
    tries: int
    fault: str
    next_try: datetime
    reappraisal: int | None

    @classmethod
    def of(cls, found: OwedAppraisal) -> "OwedOut":
        """From its row."""
        return cls(
            boot=f"boot-{found.boot_id}",
            since=found.since,
            tries=found.tries,
            fault=found.why,
            next_try=found.not_before,
            reappraisal=found.reappraisal_id,
        )


class OwedList(BaseModel):
    """A page of them, the newest boots first; `next` is the cursor of the next one."""

    items: list[OwedOut]
    next: str | None


class WriteOffOut(Out):
    """A debt as it was, and who wrote it off, when and why."""

    id: int
    boot: str
    owed_since: datetime
    tries: int
    fault: str
    reappraisal: int | None
    at: datetime
    by: str
    why: str

    @classmethod
    def of(cls, found: WriteOff) -> "WriteOffOut":
        """From its row."""
        named: dict[str, Any] = {"boot": f"boot-{found.boot_id}", "reappraisal": found.reappraisal_id}
        return cls(**named, **{name: getattr(found, name) for name in cls.model_fields if name not in named})


class WriteOffList(BaseModel):
    """A page of them, the newest first; `next` is the cursor of the next one."""

    items: list[WriteOffOut]
    next: str | None


class OwedQuery(In):
    """Where a page begins and how long it is."""

    cursor: str = Field("", pattern="^[0-9]{0,18}$")
    limit: int = Field(50, ge=1, le=500)


@blueprint.get("/owed-appraisals")
@blueprint.input(OwedQuery, location="query", arg_name="query")
@blueprint.output(OwedList)
def list_owed(query: OwedQuery) -> OwedList:
    """Evidence that the verifier failed on, and that it will try again."""
    with farm().db.reading() as session:
        found = owed.debts(session, below=int(query.cursor or 0), limit=query.limit)
    shown = found[: query.limit]
    more = str(shown[-1].boot_id) if len(found) > query.limit else None
    return OwedList(items=[OwedOut.of(one) for one in shown], next=offer_next(more))


@blueprint.get("/write-offs")
@blueprint.input(OwedQuery, location="query", arg_name="query")
@blueprint.output(WriteOffList)
def list_write_offs(query: OwedQuery) -> WriteOffList:
    """What somebody wrote off, with the reason."""
    with farm().db.reading() as session:
        found = write_offs.newest(session, below=int(query.cursor or 0), limit=query.limit)
    shown = found[: query.limit]
    more = str(shown[-1].id) if len(found) > query.limit else None
    return WriteOffList(items=[WriteOffOut.of(one) for one in shown], next=offer_next(more))


class WriteOffIn(In):
    """Why somebody gives up on it."""

    why: str = Field(min_length=1, max_length=400)


@blueprint.post("/boots/<boot>/write-off")
@blueprint.input(WriteOffIn, arg_name="body")
@blueprint.output(WriteOffOut)
def write_off(boot: str, body: WriteOffIn) -> WriteOffOut:
    """Try an owed appraisal no more. The boot stays a verifier error, and a later re-appraisal tries it again."""
    caller().need(Scope.ATTEST_APPROVE)
    number = parse_id(boot, "boot")
    with farm().db.writing() as session:
        return WriteOffOut.of(write_offs.write_off(session, number, by=caller().name, why=body.why))
