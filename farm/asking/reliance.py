"""Question: which boots relied on a reference value, such as one that is now retired or denied."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow
from farm.asking.pages import Answer, Page, before, cut
from farm.machines import Machine
from farm.references import Reliance
from farm.repositories import Repository


@dataclass(frozen=True)
class Relied:
    """One appraisal that counted on the value."""

    appraisal: int
    boot: int
    run: int
    machine: str
    repository: str
    commit: str
    at: datetime
    tier: str
    outcome: str


def boots_that_relied(session: Session, reference: int, page: Page | None = None) -> Answer[Relied]:
    """Appraisals that relied on this reference value, the newest first."""
    page = page or Page()
    statement = (
        select(
            Reliance.appraisal_id,
            Reliance.boot_id,
            AppraisalRow.run,
            Machine.name,
            Repository.name,
            AppraisalRow.commit,
            AppraisalRow.at,
            AppraisalRow.tier,
            AppraisalRow.outcome,
        )
        .select_from(Reliance)
        .join(AppraisalRow, AppraisalRow.id == Reliance.appraisal_id)
        .join(Machine, Machine.id == AppraisalRow.machine_id)
        .join(Repository, Repository.id == AppraisalRow.repository_id)
        .where(Reliance.reference_id == reference)
        .order_by(Reliance.appraisal_id.desc())
        .limit(page.limit + 1)
    )
    if page.after:
        statement = statement.where(before((Reliance.appraisal_id,), page.key(1)))
    found = [Relied(*row) for row in session.execute(statement)]
    return cut(found, page, lambda row: (row.appraisal,))
