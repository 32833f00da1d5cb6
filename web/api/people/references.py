"""Reference values: what the farm expects, from where, and what was decided about each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from farm import references
from farm.access import Scope
from farm.evidence.inputs import ReferenceState
from farm.ids import parse_id
from farm.references import Reference, derived, from_boot, listing, states
from web.api.answers import matches, offer_next, offer_tag
from web.api.people.lists import In
from web.current import caller, farm
from web.models import Out

blueprint = APIBlueprint("references", __name__, tag="attestation")
Decision = Literal["approved", "retired", "denied"]


class DecisionOut(Out):
    """One decision about a value; `by` is "farm" where a rule decided, which `why` names."""

    state: str
    at: datetime
    by: str
    why: str


class ReferenceOut(Out):
    """A value. `pcr` and `firmware` are of a firmware's; `pcr4` and `pcr10` follow from an image's file and digest."""

    id: int
    kind: str
    digest: str
    state: str
    pcr: int | None
    firmware: str
    machine: str | None
    artifact: str | None
    authenticode: str | None
    pcr4: str | None
    pcr10: str | None
    build: str | None
    boot: str | None
    created_at: datetime
    decisions: list[DecisionOut]

    @classmethod
    def all_of(cls, session: Session, found: Sequence[Reference]) -> list["ReferenceOut"]:
        """From their rows and the decisions about them."""
        origins, decisions = listing.origins(session, found), states.histories(session, [one.id for one in found])
        return [cls._of(one, origins[one.id], decisions[one.id]) for one in found]

    @classmethod
    def _of(
        cls, found: Reference, shown: listing.Origin, decisions: Sequence[references.ReferenceStateRow]
    ) -> "ReferenceOut":
        is_image = found.kind == references.ReferenceKind.IMAGE
        return cls(
            id=found.id,
            kind=found.kind,
            digest=found.digest,
            state=found.state,
            pcr=found.pcr,
            firmware=found.firmware,
            machine=shown.machine,
            artifact=found.artifact,
            authenticode=shown.authenticode,
            pcr4=derived.pcr4_of(bytes.fromhex(shown.authenticode)).hex() if shown.authenticode else None,
            pcr10=derived.pcr10_of([bytes.fromhex(found.digest)]).hex() if is_image else None,
            build=f"build-{found.build_id}" if found.build_id else None,
            boot=f"boot-{found.boot_id}" if found.boot_id else None,
            created_at=found.created_at,
            decisions=[DecisionOut(state=one.state, at=one.at, by=one.by, why=one.why) for one in decisions],
        )


class ReferenceList(BaseModel):
    """A page of values, the newest first; `next` is the cursor of the next one."""

    items: list[ReferenceOut]
    next: str | None


class ReferenceQuery(In):
    """Which values; a digest may be a prefix."""

    kind: Literal["", "image", "module", "firmware"] = ""
    state: Literal["", "pending", "approved", "retired", "denied"] = ""
    digest: str = Field("", pattern="^[0-9a-f]{0,64}$")
    cursor: str = Field("", pattern="^[0-9]{0,18}$")
    limit: int = Field(50, ge=1, le=500)


@blueprint.get("/references")
@blueprint.input(ReferenceQuery, location="query", arg_name="query")
@blueprint.output(ReferenceList)
def list_references(query: ReferenceQuery) -> ReferenceList:
    """Reference values, the newest first."""
    with farm().db.reading() as session:
        found = listing.references(
            session,
            kind=query.kind,
            state=query.state,
            digest=query.digest,
            before=int(query.cursor) if query.cursor else None,
            limit=query.limit,
        )
        items = ReferenceOut.all_of(session, found[: query.limit])
    return ReferenceList(items=items, next=offer_next(str(items[-1].id) if len(found) > query.limit else None))


@blueprint.get("/references/<int:number>")
@blueprint.output(ReferenceOut)
def get_reference(number: int) -> ReferenceOut:
    """One value with all decisions about it."""
    with farm().db.reading() as session:
        found = states.reference(session, number)
        offer_tag(str(states.newest(session, found).id))
        return ReferenceOut.all_of(session, [found])[0]


class DecisionIn(In):
    """A decision and its reason."""

    state: Decision
    why: str = Field(min_length=1, max_length=400)


@blueprint.post("/references/<int:number>/state")
@blueprint.input(DecisionIn, arg_name="body")
@blueprint.output(ReferenceOut)
def decide(number: int, body: DecisionIn) -> ReferenceOut:
    """Approve, retire or deny a value. Appraisals that there are stay as they are.

    The header `If-Match` is the `ETag` of the value as the caller saw it.
    """
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        found = states.reference(session, number)
        newest = states.newest(session, found)
        if not matches(str(newest.id)):
            raise states.changed(newest)
        states.decide(session, found, ReferenceState(body.state), by=caller().name, why=body.why)
        return ReferenceOut.all_of(session, [found])[0]


class ApproveIn(In):
    """Why a boot's values are good."""

    why: str = Field(min_length=1, max_length=300)


class Approved(BaseModel):
    """The values that are approved now and were not before."""

    items: list[ReferenceOut]


@blueprint.post("/boots/<boot>/approve")
@blueprint.input(ApproveIn, arg_name="body")
@blueprint.output(Approved)
def approve_boot(boot: str, body: ApproveIn) -> Approved:
    """Approve all values that a boot met: its image, its modules, its machine's firmware."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        found = from_boot.approve_boot(session, parse_id(boot, "boot"), by=caller().name, why=body.why)
        return Approved(items=ReferenceOut.all_of(session, found))
