"""What stands beside the appraisals of one boot: the PCR values that it showed, and which bytes were removed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import retention
from farm.appraisals.table import AppraisalRow
from farm.pcrs import PcrValue
from farm.retention import Tombstone


def pcr_values_of(session: Session, rows: Sequence[AppraisalRow]) -> list[PcrValue]:
    """The values that these appraisals recorded, by source and PCR; each value of a boot is recorded once."""
    ids = [row.id for row in rows]
    mine = select(PcrValue).where(PcrValue.appraisal_id.in_(ids))
    return list(session.scalars(mine.order_by(PcrValue.source, PcrValue.pcr)))


def removed(session: Session, digests: Sequence[str]) -> dict[str, Tombstone]:
    """By digest: which of these bytes a rule of retention removed."""
    return retention.gone(session, digests)
