"""The signing keys at the start of a farm's processes: whole, or said to be broken."""

from sqlalchemy import select

from farm.appraisals.table import AppraisalRow
from farm.farm import Farm
from farm.signing import KeyProblem


def prepare_keys(farm: Farm) -> KeyProblem | None:
    """Make the first key of a farm that never signed, and say what is wrong with the files of one that did.

    A farm with broken keys runs, and its results are unsigned until an operator restores or rotates.
    """
    with farm.db.reading() as session:
        newest = select(AppraisalRow.id).where(AppraisalRow.ear != "").order_by(AppraisalRow.id.desc()).limit(1)
        signed_before = session.scalars(newest).first() is not None
    try:
        farm.signer.make_first(signed_before=signed_before)
    except KeyProblem as problem:
        return problem
    return None
