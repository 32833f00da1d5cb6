"""Question: the tiers of some boots, as the rows of a list show them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.appraisals import AppraisalRow, Outcome
from farm.asking.latest import ERROR


def tier_of(outcome: str, tier: str) -> str:
    """The tier as people are told it: an error of the verifier says nothing about the evidence."""
    return ERROR if outcome == Outcome.ERROR else tier


def tiers_of_boots(session: Session, boots: Sequence[int]) -> dict[int, str]:
    """By boot the tier of its newest appraisal, or `ERROR`; without those of which nothing was appraised."""
    if not boots:
        return {}
    runs = select(AppraisalRow.boot_id, AppraisalRow.outcome, AppraisalRow.tier).where(AppraisalRow.boot_id.in_(boots))
    rows = session.execute(runs.order_by(AppraisalRow.boot_id, AppraisalRow.run))
    return {boot: tier_of(outcome, tier) for boot, outcome, tier in rows}  # the last run of each
