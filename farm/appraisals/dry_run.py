"""What a policy would change, before it counts: boots of the history judged under it, and nothing written."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.appraisals.kept import judge_again
from farm.appraisals.standing import tier_before
from farm.database import now
from farm.errors import NotFound
from farm.evidence import Evidence
from farm.evidence.policy import Policy
from farm.farm import Farm
from farm.policies import StoredPolicy

MOST = 200  # boots that one page looks at


@dataclass(frozen=True, slots=True)
class WouldChange:
    """A boot whose tier would differ from its newest appraisal. `short_of` is the tier that it would owe, if any."""

    boot_id: int
    machine: str
    before: str
    after: str
    reason: str
    short_of: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """One page, the newest boots first. `next` is where the next page begins, None at the end."""

    examined: int
    changes: list[WouldChange]
    next: int | None


def dry_run(session: Session, farm: Farm, body: str, *, before: int | None = None, limit: int = MOST) -> DryRun:
    """Judge the next boots below the id `before` under a policy's text.

    Raises:
        PolicyRefused: the text is no policy; with every problem, its line and column.
    """
    policy = Policy.parse(body)
    digest = hashlib.sha256(body.encode()).hexdigest()
    candidate = StoredPolicy(id=0, name=policy.name, version=0, body=body, body_digest=digest, created_at=now())
    found = _boots(session, before, limit)
    looked = [one for boot_id in found if (one := _look(session, farm, boot_id, candidate)) is not None]
    return DryRun(len(found), [one for one in looked if _matters(one)], found[-1] if len(found) == limit else None)


def _boots(session: Session, before: int | None, limit: int) -> list[int]:
    found = select(Evidence.boot_id).distinct().order_by(Evidence.boot_id.desc()).limit(limit)
    return list(session.scalars(found if before is None else found.where(Evidence.boot_id < before)))


def _look(session: Session, farm: Farm, boot_id: int, candidate: StoredPolicy) -> WouldChange | None:
    try:
        judged = judge_again(session, farm, boot_id, candidate)
    except NotFound:
        return None
    if judged.ran is None:
        return None
    tier = tier_before(session, boot_id)
    required = judged.ran.policy.required(judged.subject.tags)
    short_of = "" if judged.tier.reaches(required) else str(required)
    return WouldChange(
        boot_id, judged.subject.machine, tier or "none", judged.tier, judged.ran.appraisal.reason, short_of
    )


def _matters(one: WouldChange) -> bool:
    return one.before != one.after or bool(one.short_of)
