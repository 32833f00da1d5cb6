"""Writing an appraisal down: its row, the values that it met, the PCRs it proved, and what changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from farm import chain, changes, pcrs, policies
from farm.appraisals.facts import facts_json, steps_json
from farm.appraisals.judging import Judged
from farm.appraisals.met import Met, met_values
from farm.appraisals.standing import standing_of
from farm.appraisals.table import AppraisalRow, Outcome
from farm.database import now
from farm.evidence.inputs import ReferenceState
from farm.evidence.results import Tier
from farm.evidence.vector import VERIFIER_ERROR
from farm.pcrs import PcrSource, Shown
from farm.references import Reliance, learning
from farm.signing import Signer, ear

_TABLE: Table = AppraisalRow.__table__  # type: ignore[assignment]
_FIRST_USED = "The firmware's values are trusted from first use: no vendor vouches for them."
_UNTOUCHED = ("0" * 64, "f" * 64)
_RUNS = select(AppraisalRow.run).where(AppraisalRow.boot_id == bindparam("boot")).order_by(AppraisalRow.run.desc())


def record(
    session: Session,
    signer: Signer,
    judged: Judged,
    *,
    host_pcrs: Sequence[tuple[int, str]] = (),
    reappraisal_id: int | None = None,
) -> AppraisalRow:
    """Append one appraisal and all that follows from it, in the caller's transaction.

    Raises:
        IntegrityError: somebody else appraised this boot at the same moment.
    """
    found, at = judged.subject, now()
    _learn_firmware(session, judged)
    met = met_values(session, found, judged.facts, judged.bound_pcrs)
    run = _next_run(session, found.boot_id)
    values = _values(judged, met, run, at)
    values["ear"] = _signed(signer, values, judged)
    number = chain.append(session, _TABLE, [values])[0]
    row = session.get_one(AppraisalRow, number)
    if met:
        given = [{"reference_id": one.id, "appraisal_id": number, "boot_id": found.boot_id} for one in met]
        session.execute(insert(Reliance), given)
    policies.mark_used(session, policies.policy(session, judged.grounds.policy_id))
    pcrs.record(
        session,
        appraisal_id=number,
        boot_id=found.boot_id,
        machine_id=found.machine_id,
        at=judged.received_at,
        shown=_shown(judged, host_pcrs),
    )
    if judged.appraisal:
        _note_changes(session, row, at, reappraisal_id)
    return row


def _next_run(session: Session, boot_id: int) -> int:
    last = session.scalars(_RUNS.limit(1), {"boot": boot_id}).one_or_none()
    return 0 if last is None else last + 1


def _learn_firmware(session: Session, judged: Judged) -> None:
    """Values that only a machine's own pinned key can vouch for."""
    if judged.bound_pcrs:
        learning.learn_firmware(
            session,
            judged.bound_pcrs,
            machine_id=judged.subject.machine_id,
            firmware=judged.subject.firmware,
            boot_id=judged.subject.boot_id,
            approved_because=judged.grounds.trusts_first_use if judged.ran and judged.ran.first_use else "",
        )


def _values(judged: Judged, met: list[Met], run: int, at: datetime) -> dict[str, Any]:
    found, facts, appraisal = judged.subject, judged.facts, judged.appraisal
    return {
        "run": run,
        "boot_id": found.boot_id,
        "machine_id": found.machine_id,
        "repository_id": found.repository_id,
        "build_id": found.build_id,
        "commit": found.commit,
        "image": found.image,
        "firmware": found.firmware,
        "image_digest": _hex(facts.image_digest),
        "ak_name": _hex(facts.ak_name),
        "platform_ak_name": _hex(facts.platform_ak_name),
        "attest_digest": _hex(facts.attest_digest),
        "policy_id": judged.grounds.policy_id,
        "policy_body_digest": judged.grounds.policy_digest,
        "verifier": judged.verifier,
        "at": at,
        "outcome": Outcome.DONE if appraisal else Outcome.ERROR,
        "tier": judged.tier,
        "reason": appraisal.reason if appraisal else "verifier-error",
        "statement": _statement(judged, met),
        "steps": steps_json(appraisal.steps) if appraisal else [],
        "facts": facts_json(
            facts, met, enrolled=judged.grounds.enrolled, fault=judged.fault, tags=found.tags, pool=found.pool
        ),
        "evidence": judged.collected.digests,
    }


def _statement(judged: Judged, met: list[Met]) -> str:
    if judged.appraisal is None:
        return "The farm's verifier failed, so nothing is known of this evidence."
    first_used = [one for one in met if one.first_use and one.state == ReferenceState.APPROVED]
    if judged.tier is Tier.AFFIRMING and first_used:
        return f"{judged.appraisal.statement} {_FIRST_USED}"
    return judged.appraisal.statement


def _signed(signer: Signer, values: dict[str, Any], judged: Judged) -> str:
    appraisal = judged.appraisal
    return ear(
        signer,
        boot_id=judged.subject.boot_id,
        machine=judged.subject.machine,
        at=values["at"],
        tier=judged.tier,
        vector=appraisal.vector if appraisal else VERIFIER_ERROR,
        verifier=judged.verifier,
        policy=f"sha256:{judged.grounds.policy_digest}",
        nonce=judged.facts.nonce,
        statement=values["statement"],
    )


def _shown(judged: Judged, host_pcrs: Sequence[tuple[int, str]]) -> list[Shown]:
    facts = judged.facts
    quoted = [Shown(PcrSource.QUOTE, pcr, value.hex()) for pcr, value in facts.pcrs]
    platform = [Shown(PcrSource.PLATFORM, pcr, value.hex()) for pcr, value in facts.platform_pcrs]
    # A PCR that nothing was extended into says nothing.
    host = [Shown(PcrSource.HOST, pcr, value) for pcr, value in host_pcrs if value not in _UNTOUCHED]
    return quoted + platform + host


def _note_changes(session: Session, row: AppraisalRow, at: datetime, reappraisal_id: int | None) -> None:
    """Against the boot's own earlier run, or against the machine's boot before."""
    done = select(AppraisalRow).where(AppraisalRow.machine_id == row.machine_id, AppraisalRow.outcome == Outcome.DONE)
    newest = done.where(AppraisalRow.boot_id <= row.boot_id, AppraisalRow.id != row.id)
    newest = newest.order_by(AppraisalRow.boot_id.desc(), AppraisalRow.run.desc()).limit(1)
    before = session.scalars(newest).one_or_none()
    if before is not None:
        changes.note(
            session,
            standing_of(session, before),
            standing_of(session, row),
            machine_id=row.machine_id,
            at=at,
            reappraisal_id=reappraisal_id,
        )


def _hex(value: bytes | None) -> str:
    return value.hex() if value else ""
