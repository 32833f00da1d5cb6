"""The appraisals of one boot."""

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from farm.appraisals import write_offs
from farm.appraisals.owed import OwedAppraisal
from farm.appraisals.table import AppraisalRow, Outcome
from farm.appraisals.write_offs import WriteOff


def of_boot(session: Session, boot_id: int) -> list[AppraisalRow]:
    """All runs, the newest first."""
    mine = select(AppraisalRow).where(AppraisalRow.boot_id == boot_id)
    return list(session.scalars(mine.order_by(AppraisalRow.run.desc())))


def newest_result(session: Session, boot_id: int) -> Row[Outcome, str, str, str] | None:
    """Outcome, tier, reason and statement of the newest run, without the kilobytes of its steps, facts and EAR."""
    columns = select(AppraisalRow.outcome, AppraisalRow.tier, AppraisalRow.reason, AppraisalRow.statement)
    mine = columns.where(AppraisalRow.boot_id == boot_id).order_by(AppraisalRow.run.desc()).limit(1)
    return session.execute(mine).one_or_none()


def owed(session: Session, boot_id: int) -> OwedAppraisal | None:
    """What is owed a boot: the verifier failed and will try again."""
    return session.get(OwedAppraisal, boot_id)


def given_up(session: Session, boot_id: int) -> WriteOff | None:
    """Who wrote off what was owed a boot whose verifier failed, unless it is owed anew."""
    return None if owed(session, boot_id) else next(iter(write_offs.of_boot(session, boot_id)), None)
