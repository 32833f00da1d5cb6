"""The dispatcher's pass that walks a re-appraisal on: old rows stay, a new run of each boot is appended."""

import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import decisions, policies
from farm.appraisals import owed, runs
from farm.appraisals.judging import Judged
from farm.appraisals.kept import judge_again
from farm.appraisals.recording import record
from farm.appraisals.runs import Reappraisal
from farm.appraisals.standing import tier_before
from farm.database import now
from farm.errors import NotFound
from farm.evidence import Evidence
from farm.farm import Farm

_BATCH = 50  # boots in one transaction
_SECONDS = 1.0  # of one pass: other passes wait meanwhile


def reappraise_one(farm: Farm) -> int:
    """Go on with the re-appraisal that is under way; how many boots were appraised."""
    with farm.db.reading() as session:
        found = runs.unfinished(session)
    if found is None:
        return 0
    done, until = 0, time.monotonic() + _SECONDS
    while time.monotonic() < until:
        more = _batch(farm, found.id)
        if more is None:
            break
        done += more
    return done


def _batch(farm: Farm, number: int) -> int | None:
    """Appraise the next few boots; None at the end, or when another dispatcher did them at the same moment."""
    with farm.db.reading() as session:
        found = runs.reappraisal(session, number)
        boots = _next_boots(session, found)
        judged = [one for boot_id in boots if (one := _judged(session, farm, found, boot_id)) is not None]
    with farm.db.writing() as session:
        held = runs.held(session, number)
        if held is None or held.finished_at is not None or held.after_boot != found.after_boot:
            return None
        if not boots:
            held.finished_at = now()
            return None
        appended = [_append(session, farm, held.id, one) for one in judged]
        changed = [one for one in appended if one is not None]
        held.after_boot = boots[-1]
        held.appraised, held.changed = held.appraised + len(changed), held.changed + sum(changed)
    return len(changed)


def _next_boots(session: Session, found: Reappraisal) -> list[int]:
    rest = select(Evidence.boot_id).where(Evidence.boot_id > found.after_boot, Evidence.boot_id <= found.until_boot)
    return list(session.scalars(rest.distinct().order_by(Evidence.boot_id).limit(_BATCH)))


def _judged(session: Session, farm: Farm, found: Reappraisal, boot_id: int) -> Judged | None:
    chosen = policies.policy(session, found.policy_id) if found.policy_id else None
    try:
        return judge_again(session, farm, boot_id, chosen)
    except NotFound:
        return None  # its evidence was removed by a rule, or it never ran; its appraisals stay as they are


def _append(session: Session, farm: Farm, number: int, judged: Judged) -> bool | None:
    """Whether the tier differs from the one before; None when the verifier failed, which is appraised again soon."""
    boot_id = judged.subject.boot_id
    if judged.ran and judged.grounds.decisions != decisions.settled(session):
        found = runs.reappraisal(session, number)
        judged = _judged(session, farm, found, boot_id) or judged
    before = tier_before(session, boot_id)
    row = record(session, farm.signer, judged, reappraisal_id=number)
    if judged.ran is None:
        owed.owe(session, boot_id, judged.fault, number)
        return None
    return row.tier != before
