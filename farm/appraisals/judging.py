"""Running the verifier, so that its own faults never look like bad evidence."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from farm.appraisals.grounds import Grounds, grounds, when_appraised
from farm.appraisals.subject import Collected, Subject
from farm.errors import FarmError
from farm.evidence.appraisal import VERIFIER, Appraisal, Expected, ReferenceState, appraise
from farm.evidence.policy import Policy
from farm.evidence.results import Facts, Tier
from farm.policies import StoredPolicy
from farm.references.learning import FIRMWARE_PCRS

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one run. `appraisal` is None when the verifier failed, and `fault` says how."""

    subject: Subject
    collected: Collected
    grounds: Grounds
    received_at: datetime
    appraisal: Appraisal | None
    policy: Policy | None
    fault: str
    first_use: bool  # the machine's firmware was taken as good because this was its first bound boot
    verifier: str = VERIFIER

    @property
    def tier(self) -> Tier:
        """None where the verifier failed."""
        return self.appraisal.tier if self.appraisal else Tier.NONE

    @property
    def facts(self) -> Facts:
        """Nothing where the verifier failed."""
        return self.appraisal.facts if self.appraisal else Facts()


class ClockSetBack(FarmError):
    """The farm's clock is behind the moment at which it made this boot's nonce."""

    code = "clock-set-back"


def judge(
    session: Session,
    found: Subject,
    collected: Collected,
    *,
    received_at: datetime,
    moment: datetime,
    chosen: StoredPolicy | None = None,
) -> Judged:
    """Appraise what a boot left, as of when it was received; `moment` is now.

    Raises:
        NotFound: the plan names a policy that there is not.
    """
    held = grounds(session, found, collected.digests, chosen)
    appraisal, policy, fault, first_use = None, None, "", False
    try:
        if held.expected.nonce and moment < held.expected.nonce.issued_at:
            raise ClockSetBack("The farm's clock was set back to before it made this boot's nonce.")
        policy = Policy.parse(held.policy_text)
        at = when_appraised(received_at, held.expected.nonce)
        appraisal = appraise(collected.received, held.expected, policy, at)
        if held.trusts_first_use and appraisal.tier is not Tier.AFFIRMING and appraisal.facts.platform_pcrs:
            trial = appraise(collected.received, _as_if_approved(held, appraisal), policy, at)
            if trial.tier is Tier.AFFIRMING:
                appraisal, first_use = trial, True
    except Exception as error:  # whatever it is, it is ours, and says nothing about the evidence
        log.exception("verifier.failed", boot=found.boot_id)
        fault = f"{type(error).__name__}: {error}"[:300]
    return Judged(found, collected, held, received_at, appraisal, policy, fault, first_use)


def _as_if_approved(held: Grounds, appraisal: Appraisal) -> Expected:
    values = {pcr: value for pcr, value in appraisal.facts.platform_pcrs if pcr in FIRMWARE_PCRS}
    return replace(held.expected, firmware={pcr: {value: ReferenceState.APPROVED} for pcr, value in values.items()})
