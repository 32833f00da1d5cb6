"""Running the verifier, so that its own faults never look like bad evidence."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from farm.appraisals.grounds import Grounds, grounds
from farm.appraisals.subject import Collected, Subject
from farm.evidence.appraisal import VERIFIER, Appraisal, Expected, Facts, Policy, ReferenceState, Tier, appraise
from farm.evidence.inner_steps import ClockSetBack
from farm.policies import StoredPolicy
from farm.references.learning import FIRMWARE_PCRS

log = structlog.get_logger()
_Pcrs = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """What the verifier found. `bound_pcrs` are those that the machine's pinned key signed, also where the image's own
    state kept the run from getting so far: they can be learnt, but nothing rests on them."""

    appraisal: Appraisal
    policy: Policy
    bound_pcrs: _Pcrs
    first_use: bool  # the machine's firmware was taken as good because this is its first bound boot


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one run. `ran` is None when the verifier failed, and `fault` says how."""

    subject: Subject
    collected: Collected
    grounds: Grounds
    received_at: datetime
    ran: Ran | None
    fault: str = ""
    verifier: str = VERIFIER

    @property
    def appraisal(self) -> Appraisal | None:
        """None where the verifier failed."""
        return self.ran.appraisal if self.ran else None

    @property
    def tier(self) -> Tier:
        """None where the verifier failed."""
        return self.ran.appraisal.tier if self.ran else Tier.NONE

    @property
    def facts(self) -> Facts:
        """Nothing where the verifier failed."""
        return self.ran.appraisal.facts if self.ran else Facts()

    @property
    def bound_pcrs(self) -> _Pcrs:
        """Nothing where the verifier failed."""
        return self.ran.bound_pcrs if self.ran else ()


def judge(
    session: Session,
    found: Subject,
    collected: Collected,
    *,
    received_at: datetime,
    moment: datetime,
    chosen: StoredPolicy | None = None,
    fault: str = "",
) -> Judged:
    """Appraise what a boot left, as of when it was received; `moment` is now. With a `fault` of ours nothing is run.

    Raises:
        NotFound: the plan names a policy that there is not.
    """
    held = grounds(session, found, collected.digests, chosen)
    if fault:
        return Judged(found, collected, held, received_at, None, fault)
    try:
        return Judged(found, collected, held, received_at, _run(collected, held, received_at, moment))
    except Exception as error:  # whatever it is, it is ours, and says nothing about the evidence
        log.exception("verifier.failed", boot=found.boot_id)
        return Judged(found, collected, held, received_at, None, f"{type(error).__name__}: {error}"[:300])


def _run(collected: Collected, held: Grounds, received_at: datetime, moment: datetime) -> Ran:
    expected, policy = held.expected, Policy.parse(held.policy_text)
    issued_at = expected.nonce.issued_at if expected.nonce else received_at
    if moment < issued_at:
        raise ClockSetBack("the farm's clock stands before the moment at which it made this boot's nonce")
    # A clock that was behind when the evidence came, and is right now, must not make the nonce look unmade.
    at = max(received_at, issued_at)

    def look(at_these: Expected, under: Policy = policy) -> Appraisal:
        return appraise(collected.received, at_these, under, at)

    found = look(expected)
    # A step that the policy demands takes the place of the reason for which it could not pass.
    plain = look(expected, replace(policy, steps=())) if policy.steps else found
    bound = plain.facts.platform_pcrs
    if plain.reason == "image" and plain.tier is Tier.WARNING:
        bound = look(replace(expected, image=ReferenceState.APPROVED)).facts.platform_pcrs
    if held.trusts_first_use and plain.reason == "binding-firmware":
        trial = look(replace(expected, firmware=_as_approved(bound)))
        if trial.tier is Tier.AFFIRMING:
            return Ran(trial, policy, bound, first_use=True)
    return Ran(found, policy, bound, first_use=False)


def _as_approved(bound: _Pcrs) -> dict[int, dict[bytes, ReferenceState]]:
    return {pcr: {value: ReferenceState.APPROVED} for pcr, value in bound if pcr in FIRMWARE_PCRS}
