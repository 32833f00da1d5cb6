"""Appraising once more what was kept of a boot, as of the moment at which the farm received it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import retention, wire
from farm.appraisals.judging import Judged, judge
from farm.appraisals.subject import Collected, Subject, collect, files_of, subject
from farm.appraisals.table import AppraisalRow, Outcome
from farm.database import now
from farm.errors import StorageFault
from farm.evidence.inputs import Received
from farm.farm import Farm
from farm.policies import StoredPolicy


def collect_kept(session: Session, farm: Farm, found: Subject, files: Sequence[wire.EvidenceFile]) -> Collected:
    """Read again what a boot left, which nobody may have changed since.

    Raises:
        StorageFault: the farm's disk lost or changed some of it. Never a verdict about the evidence.
    """
    collected = collect(farm, found.boot_id, files)
    done = select(AppraisalRow.evidence).where(AppraisalRow.boot_id == found.boot_id)
    done = done.where(AppraisalRow.outcome == Outcome.DONE).order_by(AppraisalRow.run.desc()).limit(1)
    before = session.scalars(done).one_or_none()
    if before is not None and before != collected.digests:
        # Also a console that never came whole may be appraised again; but only as it was.
        changed = ", ".join(sorted({name for name, _ in before.items() ^ collected.digests.items()}))
        raise StorageFault(f"The farm's disk has lost or changed what boot-{found.boot_id} left: {changed}.")
    if before is None:
        stored, said = farm.consoles.stream(f"boot-{found.boot_id}", "serial").size(), found.console_bytes
        if stored < said:
            raise StorageFault(f"The farm's disk has {stored} bytes of the console of boot-{found.boot_id}, of {said}.")
    return collected


def judge_again(session: Session, farm: Farm, boot_id: int, chosen: StoredPolicy | None = None) -> Judged:
    """What the verifier of today says, under the plan's policy or the one that is `chosen`. Nothing is written.

    Raises:
        NotFound: the boot never ran, or its plan's policy is unknown. Pruned: its evidence was removed by a rule.
    """
    found, files, moment = subject(session, boot_id), files_of(session, boot_id), now()
    retention.check_kept(session, boot_id, [file.digest for file in files])
    try:
        collected, fault = collect_kept(session, farm, found, files), ""
    except StorageFault as error:
        collected, fault = Collected(Received(), {}), error.message
    received_at = found.received_at or moment
    return judge(session, found, collected, received_at=received_at, moment=moment, chosen=chosen, fault=fault)
