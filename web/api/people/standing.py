"""Standing approvals: whose values the farm takes as good without asking again, who said so and why."""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from farm.access import Scope
from farm.references import ApprovalRule, rules
from web.api.people.lists import In
from web.current import caller, farm
from web.models import Out

blueprint = APIBlueprint("standing", __name__, tag="attestation")


class StandingOut(Out):
    """One of them. `kind` is builds, of the repository `of`, or first-use, of machines of the lab `of`."""

    id: int
    kind: str
    of: str
    at: datetime
    by: str
    why: str
    ended_at: datetime | None
    ended_by: str
    ended_why: str

    @classmethod
    def several(cls, session: Session, found: list[ApprovalRule]) -> list["StandingOut"]:
        """From rows."""
        names = rules.subjects(session, found)
        return [
            cls(
                id=one.id,
                kind="builds" if one.repository_id else "first-use",
                of=names.get(one.id, ""),
                at=one.at,
                by=one.by,
                why=one.why,
                ended_at=one.ended_at,
                ended_by=one.ended_by,
                ended_why=one.ended_why,
            )
            for one in found
        ]


class StandingList(BaseModel):
    """All that stand, the oldest first, or all that have ended, the last one first."""

    items: list[StandingOut]


class StandingQuery(In):
    """Those that stand, or with `ended` those that somebody ended."""

    ended: bool = False


@blueprint.get("/standing-approvals")
@blueprint.input(StandingQuery, location="query", arg_name="query")
@blueprint.output(StandingList)
def list_standing(query: StandingQuery) -> StandingList:
    """Standing approvals that nobody has ended; or, with `ended`, who ended the others and why."""
    with farm().db.reading() as session:
        found = rules.ended(session) if query.ended else rules.standing(session)
        return StandingList(items=StandingOut.several(session, found))


class StandingIn(In):
    """One repository, whose builds of any commit are trusted, or one lab, whose machines' firmware is, as first
    seen; and why."""

    repository: str = Field("", max_length=200)
    lab: str = Field("", max_length=63)
    why: str = Field(min_length=1, max_length=400)


@blueprint.post("/standing-approvals")
@blueprint.input(StandingIn, arg_name="body")
@blueprint.output(StandingOut, status_code=201)
def trust(body: StandingIn) -> StandingOut:
    """Trust the builds of a repository, of any commit that it can resolve, or the first use of a lab's machines."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        made = rules.stand(session, repository=body.repository, lab=body.lab, by=caller().name, why=body.why)
        return StandingOut.several(session, [made])[0]


class EndStandingIn(In):
    """Why it ends."""

    why: str = Field(min_length=1, max_length=400)


@blueprint.post("/standing-approvals/<int:number>/end")
@blueprint.input(EndStandingIn, arg_name="body")
@blueprint.output(StandingOut)
def distrust(number: int, body: EndStandingIn) -> StandingOut:
    """End a standing approval. What it approved stays approved until somebody retires it; a repeat changes nothing."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        found = rules.rule(session, number)
        rules.end(session, found, by=caller().name, why=body.why)
        return StandingOut.several(session, [found])[0]
