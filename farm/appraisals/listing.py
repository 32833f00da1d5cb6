"""The appraisals of one boot."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.appraisals.owed import OwedAppraisal
from farm.appraisals.table import AppraisalRow


def of_boot(session: Session, boot_id: int) -> list[AppraisalRow]:
    """All runs, the newest first."""
    mine = select(AppraisalRow).where(AppraisalRow.boot_id == boot_id)
    return list(session.scalars(mine.order_by(AppraisalRow.run.desc())))


def is_owed(session: Session, boot_id: int) -> bool:
    """Whether the verifier failed and will try again."""
    return session.get(OwedAppraisal, boot_id) is not None
