"""Writing down what differs between an appraisal and the one before it on the same machine."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from farm.changes.cause import cause_of_pcr, cause_of_tier
from farm.changes.standing import Standing
from farm.changes.table import Change, ChangeCause, ChangeKind

# Holds the key that an application makes anew at each boot: it differs always, and says nothing.
NEVER_THE_SAME = 14


def note(
    session: Session,
    before: Standing,
    after: Standing,
    *,
    machine_id: int,
    at: datetime,
    reappraisal_id: int | None = None,
) -> int:
    """Write a row for each difference; how many there are."""
    shared: dict[str, Any] = {
        "machine_id": machine_id,
        "at": at,
        "boot_before": before.boot_id,
        "boot_after": after.boot_id,
        "reappraisal_id": reappraisal_id,
        "acknowledged_at": None,
        "acknowledged_by": "",
        "why": "",
    }
    found = [shared | one for one in differences(before, after)]
    if found:
        session.execute(insert(Change), found)
    return len(found)


def differences(before: Standing, after: Standing) -> Iterator[dict[str, Any]]:
    """Each difference with its cause: tier, image, firmware, key, and every PCR that both showed."""
    if before.tier != after.tier:
        worse = after.tier.rank < before.tier.rank
        yield _one(ChangeKind.TIER, "tier", before.tier, after.tier, cause_of_tier(before, after), worse=worse)
    for kind, cause, old, new in (
        (ChangeKind.IMAGE, ChangeCause.IMAGE, before.image, after.image),
        (ChangeKind.FIRMWARE, ChangeCause.FIRMWARE, before.firmware, after.firmware),
        (ChangeKind.ENROLMENT, ChangeCause.ENROLMENT, before.enrolment, after.enrolment),
    ):
        if old != new:
            yield _one(kind, kind, old, new, cause)
    for (source, pcr), value in sorted(after.pcrs.items()):
        old = before.pcrs.get((source, pcr), value)
        if old != value and pcr != NEVER_THE_SAME:
            cause = cause_of_pcr(before, after, source, pcr)
            yield _one(ChangeKind.PCR, f"PCR{pcr} {source}", old, value, cause)


def _one(
    kind: ChangeKind, what: str, before: str, after: str, cause: ChangeCause, *, worse: bool = False
) -> dict[str, Any]:
    return {"kind": kind, "what": what, "before": before, "after": after, "cause": cause, "worse": worse}
