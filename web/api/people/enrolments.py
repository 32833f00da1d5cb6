"""Enrolments: which platform key each machine attests with."""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from farm import enrolments, machines
from farm.access import Scope
from farm.enrolments import Enrolment
from web.api.answers import matches, offer_tag
from web.api.people.lists import In
from web.current import caller, farm
from web.models import Out

blueprint = APIBlueprint("enrolments", __name__, tag="attestation")


class EnrolmentOut(Out):
    """One key of one machine; open while `ended_at` is null. `statement` is what one has to believe."""

    id: int
    kind: str
    public: str
    ak_name: str
    host: str
    statement: str
    enrolled_at: datetime
    enrolled_by: str
    ended_at: datetime | None
    ended_by: str
    why: str

    @classmethod
    def of(cls, found: Enrolment) -> "EnrolmentOut":
        """From its row."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class EnrolmentList(BaseModel):
    """All keys that a machine ever had, the newest first."""

    items: list[EnrolmentOut]


@blueprint.get("/machines/<name>/enrolments")
@blueprint.output(EnrolmentList)
def list_enrolments(name: str) -> EnrolmentList:
    """All keys that a machine ever had, the newest first."""
    with farm().db.reading() as session:
        found = enrolments.of_machine(session, machines.machine(session, name).id)
        offer_tag(_tag(found))
        return EnrolmentList(items=[EnrolmentOut.of(one) for one in found])


def _tag(found: list[Enrolment]) -> str:
    """Another one as soon as a key is registered or ends."""
    return f"{found[0].id}-{'ended' if found[0].ended_at else 'open'}" if found else "none"


class EndIn(In):
    """Why a machine's key ends."""

    why: str = Field(min_length=1, max_length=400)


@blueprint.post("/machines/<name>/enrolments/end")
@blueprint.input(EndIn, arg_name="body")
@blueprint.output(EnrolmentOut)
def end_enrolment(name: str, body: EndIn) -> EnrolmentOut:
    """End a machine's key; the next one that its worker registers takes its place.

    The header `If-Match` is the `ETag` of the machine's list of keys as the caller saw it.
    """
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        found = machines.machine(session, name)
        known = enrolments.of_machine(session, found.id)
        seen = known[0].id if matches(_tag(known)) and known else 0
        return EnrolmentOut.of(enrolments.end(session, found, by=caller().name, why=body.why, seen=seen))
