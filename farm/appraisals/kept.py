"""Appraising once more what was kept of a boot, as of the moment at which the farm received it."""

from sqlalchemy.orm import Session

from farm import retention
from farm.appraisals.judging import Judged, judge
from farm.appraisals.subject import Collected, collect, files_of, subject
from farm.database import now
from farm.errors import StorageFault
from farm.evidence.inputs import Received
from farm.farm import Farm
from farm.policies import StoredPolicy


def judge_again(session: Session, farm: Farm, boot_id: int, chosen: StoredPolicy | None = None) -> Judged:
    """What the verifier of today says, under the plan's policy or the one that is `chosen`. Nothing is written.

    Raises:
        NotFound: the boot never ran, or its plan's policy is unknown. Pruned: its evidence was removed by a rule.
    """
    found, files, moment = subject(session, boot_id), files_of(session, boot_id), now()
    retention.check_kept(session, boot_id, [file.digest for file in files])
    try:
        collected, fault = collect(farm, boot_id, files), ""
    except StorageFault as error:
        collected, fault = Collected(Received(), {}), error.message
    received_at = found.received_at or moment
    return judge(session, found, collected, received_at=received_at, moment=moment, chosen=chosen, fault=fault)
