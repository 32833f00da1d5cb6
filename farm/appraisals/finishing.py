"""The appraisal in a boot's end: read and judged before the writing transaction, written within it.

A boot that left no evidence, of a plan that asks for none, costs nothing here.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from farm import artifacts, boots, decisions, policies, wire
from farm.appraisals import owed
from farm.appraisals.gate import gated
from farm.appraisals.judging import Judged, judge
from farm.appraisals.recording import record
from farm.appraisals.subject import Collected, collect, subject
from farm.boots import Boot
from farm.database import now
from farm.errors import NotFound, StorageFault
from farm.evidence.inputs import Received
from farm.farm import Farm


def look(farm: Farm, boot_id: int, outcome: wire.BootOutcome) -> Judged | None:
    """Judge what a boot left; None when it left nothing, without asking the database.

    Raises:
        NotFound: no such boot, or bytes that were never stored.
    """
    if not outcome.evidence:
        return None
    with farm.db.reading() as session:
        for file in outcome.evidence:
            artifacts.artifact(session, file.digest)
        return _judged(session, farm, boot_id, outcome.evidence)


def finish(session: Session, farm: Farm, held: Boot, outcome: wire.BootOutcome, judged: Judged | None) -> Boot | None:
    """End a boot as its evidence makes it end, and write both down; the retry that it is owed."""
    if judged is None and not held.expectations.get("attest"):
        return boots.finish(session, held, outcome)
    settled = decisions.settled(session)
    if judged is None or judged.grounds.decisions != settled:
        # Asked for and not there; or somebody decided something since it was judged.
        judged = _judged(session, farm, held.id, outcome.evidence)
    retry = boots.finish(session, held, gated(outcome, judged))
    record(session, farm.signer, judged, host_pcrs=[(one.index, one.value) for one in outcome.host_pcrs])
    if judged.ran is None:
        owed.owe(session, held.id, judged.fault)
    return retry


def _judged(session: Session, farm: Farm, boot_id: int, files: Sequence[wire.EvidenceFile]) -> Judged:
    found, moment = subject(session, boot_id), now()
    try:
        collected, fault = collect(farm, boot_id, files), ""
    except StorageFault as error:
        collected, fault = Collected(Received(), {}), error.message
    try:
        return judge(session, found, collected, received_at=moment, moment=moment, fault=fault)
    except NotFound:
        # The plan's policy: the default one is kept for the history, and the gate says what is wrong.
        chosen = policies.newest(session, policies.DEFAULT)
        return judge(session, found, collected, received_at=moment, moment=moment, chosen=chosen, fault=fault)
