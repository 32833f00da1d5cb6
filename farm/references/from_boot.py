"""Approving from a good boot: all values that its newest appraisal met and proves, at once.

Unbound evidence proves nothing about what it states (attestation.md section 1). Its image is the farm's own build, or
the appraisal would be contraindicated; which modules it staged is only its word, and is not approved from it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow
from farm.errors import Conflict, NotFound
from farm.evidence.inputs import ReferenceState
from farm.evidence.results import Tier
from farm.reasons import reason
from farm.references import states
from farm.references.table import Reference, ReferenceKind, Reliance


def met_by(session: Session, boot_id: int) -> tuple[AppraisalRow, list[Reference]]:
    """A boot's newest appraisal and the values that it met.

    Raises:
        NotFound: the boot was never appraised.
    """
    newest = select(AppraisalRow).where(AppraisalRow.boot_id == boot_id).order_by(AppraisalRow.run.desc()).limit(1)
    row = session.scalars(newest).one_or_none()
    if row is None:
        raise NotFound(f"boot-{boot_id} was never appraised.", next_step="Approve from a boot that left evidence.")
    met = select(Reference).join(Reliance, Reliance.reference_id == Reference.id)
    return row, list(session.scalars(met.where(Reliance.appraisal_id == row.id).order_by(Reference.id)))


def approve_boot(session: Session, boot_id: int, *, by: str, why: str) -> list[Reference]:
    """Approve what is pending of a boot whose evidence holds in itself; the values that were approved.

    What somebody retired stays retired until somebody decides about that value by itself.

    Raises:
        BadRequest: no reason given.
        NotFound: the boot was never appraised.
        Conflict: its evidence does not hold, it met a denied value, or nothing is left to approve.
    """
    row, met = met_by(session, boot_id)
    if row.tier not in (Tier.AFFIRMING, Tier.WARNING):
        raise Conflict(
            f"boot-{boot_id} is {row.tier} ({row.reason or row.outcome}); its values prove nothing.",
            next_step="Approve from a boot that ended affirming or warning.",
        )
    denied = [one for one in met if one.state == ReferenceState.DENIED]
    if denied:
        raise Conflict(f"boot-{boot_id} met reference value {denied[0].id}, which is denied.")
    # Firmware is met only where the machine's pinned key signed it, so it tells that the boot was bound.
    bound = any(one.kind == ReferenceKind.FIRMWARE for one in met)
    proven = [one for one in met if bound or (one.kind == ReferenceKind.IMAGE and one.digest == row.image_digest)]
    chosen = [one for one in proven if one.state == ReferenceState.PENDING]
    if not chosen:
        raise Conflict(
            f"None of the {len(met)} values that boot-{boot_id} met is pending and proven by it.",
            next_step="Values that are retired are approved one by one; so are modules of an unbound boot.",
        )
    why = reason(why, "Values are approved for a reason.")
    for one in chosen:
        states.decide(session, one, ReferenceState.APPROVED, by=by, why=f"From boot-{boot_id}: {why}")
    return chosen
