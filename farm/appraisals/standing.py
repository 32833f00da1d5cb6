"""An appraisal's row as one side of a comparison."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import pcrs
from farm.appraisals.table import AppraisalRow, Outcome
from farm.artifacts import Artifact
from farm.changes.standing import Standing
from farm.evidence.inputs import ReferenceState
from farm.evidence.results import Tier
from farm.references import ReferenceKind
from farm.references.derived import pcr4_of


def tier_before(session: Session, boot_id: int) -> str | None:
    """What the last run said that came to an end; None if none did."""
    done = select(AppraisalRow.tier).where(AppraisalRow.boot_id == boot_id, AppraisalRow.outcome == Outcome.DONE)
    return session.scalars(done.order_by(AppraisalRow.run.desc()).limit(1)).one_or_none()


def standing_of(session: Session, row: AppraisalRow) -> Standing:
    """What the row says, with the values that its boot showed."""
    return standing(row, session.get_one(Artifact, row.image).authenticode, pcrs.of_boot(session, row.boot_id))


def standing(row: AppraisalRow, authenticode: str | None, shown: Mapping[tuple[str, int], str]) -> Standing:
    """The same of what is known already: the Authenticode digest of its image's file, and its boot's PCR values."""
    met = row.facts.get("references", [])
    approved = (
        pcr for _, kind, state, pcr in met if kind == ReferenceKind.FIRMWARE and state == ReferenceState.APPROVED
    )
    return Standing(
        boot_id=row.boot_id,
        tier=Tier(row.tier),
        reason=row.reason,
        image=row.image,
        image_state=next((state for _, kind, state, _ in met if kind == ReferenceKind.IMAGE), ""),
        firmware=row.firmware,
        enrolment=row.facts.get("enrolled", ""),
        policy=row.policy_body_digest,
        verifier=row.verifier,
        references={str(number): state for number, _, state, _ in met},
        approved_pcrs=frozenset(approved),
        expected_pcr4=pcr4_of(bytes.fromhex(authenticode)).hex() if authenticode else "",
        pcrs=shown,
    )
