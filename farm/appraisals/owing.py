"""The dispatcher's pass that pays owed appraisals."""

from sqlalchemy.orm import Session

from farm.appraisals import owed
from farm.appraisals.grounds import stamp
from farm.appraisals.judging import Judged
from farm.appraisals.kept import judge_again
from farm.appraisals.recording import record
from farm.farm import Farm
from farm.retention import Pruned


def appraise_owed_one(farm: Farm) -> int:
    """Appraise again what the verifier failed on; how many appraisals were made."""
    with farm.db.reading() as session:
        due = owed.due(session)
    return sum(_pay(farm, boot_id) for boot_id in due)


def _pay(farm: Farm, boot_id: int) -> bool:
    try:
        with farm.db.reading() as session:
            judged = judge_again(session, farm, boot_id)
    except Pruned:
        with farm.db.writing() as session:
            owed.settle(session, boot_id)
        return False
    with farm.db.writing() as session:
        return _write(session, farm, judged)


def _write(session: Session, farm: Farm, judged: Judged) -> bool:
    boot_id = judged.subject.boot_id
    if judged.ran is None:
        owed.put_off(session, boot_id, judged.fault)
        return False
    if judged.grounds.stamp != stamp(session) or not owed.settle(session, boot_id):
        return False  # it is judged again on the next pass; or somebody else has just paid
    record(session, farm.signer, judged)
    return True
