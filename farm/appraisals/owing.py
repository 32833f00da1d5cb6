"""The dispatcher's pass that pays owed appraisals."""

import structlog
from sqlalchemy.orm import Session

from farm import decisions, policies
from farm.appraisals import owed, runs
from farm.appraisals.judging import Judged
from farm.appraisals.kept import judge_again
from farm.appraisals.owed import OwedAppraisal
from farm.appraisals.recording import record
from farm.appraisals.standing import tier_before
from farm.farm import Farm
from farm.retention import Pruned

log = structlog.get_logger()


def appraise_owed_one(farm: Farm) -> int:
    """Appraise again what the verifier failed on; how many appraisals were made."""
    with farm.db.reading() as session:
        due = owed.due(session)
    return sum(_pay_or_put_off(farm, debt) for debt in due)


def _pay_or_put_off(farm: Farm, debt: OwedAppraisal) -> bool:
    """Whatever is wrong with one boot, the others' turn comes."""
    try:
        return _pay(farm, debt)
    except Exception as error:
        log.exception("appraisal.owed_failed", boot=debt.boot_id)
        with farm.db.writing() as session:
            owed.put_off(session, debt.boot_id, f"{type(error).__name__}: {error}")
        return False


def _pay(farm: Farm, debt: OwedAppraisal) -> bool:
    try:
        with farm.db.reading() as session:
            judged = judge_again(session, farm, debt.boot_id, _policy(session, debt))
    except Pruned:
        with farm.db.writing() as session:
            owed.settle(session, debt)
        return False
    with farm.db.writing() as session:
        return _write(session, farm, debt, judged)


def _policy(session: Session, debt: OwedAppraisal) -> policies.StoredPolicy | None:
    """That of the re-appraisal which owes it; None for what the boot's plan names."""
    if debt.reappraisal_id is None:
        return None
    number = runs.reappraisal(session, debt.reappraisal_id).policy_id
    return policies.policy(session, number) if number else None


def _write(session: Session, farm: Farm, debt: OwedAppraisal, judged: Judged) -> bool:
    boot_id = judged.subject.boot_id
    if judged.ran is None:
        owed.put_off(session, boot_id, judged.fault)
        return False
    # The re-appraisal before the debt, as its own pass does: who locks rows in one order waits for nobody.
    owing = runs.held(session, debt.reappraisal_id) if debt.reappraisal_id else None
    if judged.grounds.decisions != decisions.settled(session) or not owed.settle(session, debt):
        return False  # it is judged again on the next pass; or somebody else has just paid
    before = tier_before(session, boot_id)
    row = record(session, farm.signer, judged, reappraisal_id=debt.reappraisal_id)
    if owing:
        owing.appraised, owing.changed = owing.appraised + 1, owing.changed + (row.tier != before)
    return True
