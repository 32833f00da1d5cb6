"""The appraisals of one boot."""

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from farm.appraisals.owed import OwedAppraisal
from farm.appraisals.table import AppraisalRow, Outcome


def of_boot(session: Session, boot_id: int) -> list[AppraisalRow]:
    """All runs, the newest first."""
    mine = select(AppraisalRow).where(AppraisalRow.boot_id == boot_id)
    return list(session.scalars(mine.order_by(AppraisalRow.run.desc())))


def newest_result(session: Session, boot_id: int) -> Row[Outcome, str, str, str] | None:
    """Outcome, tier, reason and statement of the newest run, without the kilobytes of its steps, facts and EAR."""
    columns = select(AppraisalRow.outcome, AppraisalRow.tier, AppraisalRow.reason, AppraisalRow.statement)
    mine = columns.where(AppraisalRow.boot_id == boot_id).order_by(AppraisalRow.run.desc()).limit(1)
    return session.execute(mine).one_or_none()


def is_owed(session: Session, boot_id: int) -> bool:
    """Whether the verifier failed and will try again."""
    return session.get(OwedAppraisal, boot_id) is not None
