"""Policies: their texts, their versions, and what one would change before it counts."""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from farm import policies
from farm.access import Scope
from farm.appraisals.dry_run import MOST, dry_run
from farm.policies import StoredPolicy
from web.api.people.lists import In
from web.current import caller, farm
from web.models import Out
from web.places import place

blueprint = APIBlueprint("policies", __name__, tag="attestation")


class PolicyOut(Out):
    """One version of a policy; the newest of a name is in force. `used` ones can't be removed."""

    id: int
    name: str
    version: int
    body: str
    body_digest: str
    created_at: datetime
    created_by: str
    used: bool

    @classmethod
    def of(cls, found: StoredPolicy) -> "PolicyOut":
        """From its row."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class PolicyList(BaseModel):
    """Versions of policies."""

    items: list[PolicyOut]


@blueprint.get("/policies")
@blueprint.output(PolicyList)
def list_policies() -> PolicyList:
    """The version in force of each policy, by name."""
    with farm().db.reading() as session:
        return PolicyList(items=[PolicyOut.of(one) for one in policies.in_force(session)])


@blueprint.get("/policies/<name>")
@blueprint.output(PolicyList)
def get_policy(name: str) -> PolicyList:
    """All versions of a policy, the one in force first."""
    with farm().db.reading() as session:
        return PolicyList(items=[PolicyOut.of(one) for one in policies.versions(session, name)])


class PolicyIn(In):
    """The TOML of a policy; it says its name itself."""

    body: str = Field(min_length=1, max_length=65536)


@blueprint.post("/policies")
@blueprint.input(PolicyIn, arg_name="body")
@blueprint.output(PolicyOut, status_code=201)
def add_policy(body: PolicyIn) -> PolicyOut:
    """Add a version of a policy, which is in force from now on, also for boots that run."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        return PolicyOut.of(policies.add(session, body.body, by=caller().name))


class DryRunIn(PolicyIn):
    """A policy to try on boots of the history with ids below `before`, the newest first."""

    before: int | None = Field(None, ge=1)
    limit: int = Field(MOST, ge=1, le=MOST)


class WouldChangeOut(Out):
    """A boot whose tier would differ, or would fall short of what the policy requires."""

    boot: str
    machine: str
    tier_before: str
    tier_after: str
    reason: str
    short_of: str


class DryRunOut(Out):
    """One page of boots that were looked at; `next` is the `before` of the next page."""

    examined: int
    items: list[WouldChangeOut]
    next: int | None


@blueprint.post("/policies/dry-run")
@blueprint.input(DryRunIn, arg_name="body")
@blueprint.output(DryRunOut)
def try_policy(body: DryRunIn) -> DryRunOut:
    """Judge boots of the history under a policy's text; nothing is written."""
    caller().need(Scope.READ)
    with place(), farm().db.reading() as session:
        found = dry_run(session, farm(), body.body, before=body.before, limit=body.limit)
    items = [
        WouldChangeOut(
            boot=f"boot-{one.boot_id}",
            machine=one.machine,
            tier_before=one.before,
            tier_after=one.after,
            reason=one.reason,
            short_of=one.short_of,
        )
        for one in found.changes
    ]
    return DryRunOut(examined=found.examined, items=items, next=found.next)
