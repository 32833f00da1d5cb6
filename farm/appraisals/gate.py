"""The plan's `[attest]` section: what a boot that passed otherwise must prove as well.

The plan and its policy may both require a tier; the stricter one counts, and only the plan's can be allowed lower for
machines that can't do better. A boot whose plan asks nothing of the evidence is not judged by it.
"""

from farm import plans, wire
from farm.appraisals.judging import Judged, Ran
from farm.appraisals.subject import Subject
from farm.evidence.results import Tier
from farm.plans import MachineFacts, Selector
from farm.states import Cause, Verdict, verdict_of

# What a boot may end with instead of pass.
CAUSES = frozenset({Cause.EVIDENCE_REJECTED, Cause.VERIFIER_ERROR})


def gated(outcome: wire.BootOutcome, judged: Judged) -> wire.BootOutcome:
    """The outcome, or what the evidence makes of it."""
    attest = judged.subject.expectations.attest
    if attest is None or outcome.verdict != Verdict.PASS:
        return outcome
    if attest.policy and attest.policy != judged.grounds.policy_name:
        return _ended(
            outcome, Cause.EVIDENCE_REJECTED, f'The plan names the policy "{attest.policy}", which is unknown.'
        )
    if judged.ran is None:
        return _ended(outcome, Cause.VERIFIER_ERROR, f"The farm's verifier failed: {judged.fault}.")
    problem = _shortfall(attest, judged.subject, judged.ran)
    return _ended(outcome, Cause.EVIDENCE_REJECTED, problem) if problem else outcome


def _shortfall(attest: plans.Attest, found: Subject, ran: Ran) -> str:
    """What is missing, in one sentence; "" when all is there."""
    asked = asked_of(attest, found)
    required = max(asked, ran.policy.required(found.tags), key=_strictness)
    if not ran.appraisal.tier.reaches(required):
        because = f" at {ran.appraisal.reason}" if ran.appraisal.reason else ""
        return f"The evidence is {ran.appraisal.tier}{because}, and {required} is required. {ran.appraisal.statement}"
    if asked != attest.require:
        return ""  # a machine that may end lower can't show what only a bound one shows
    shown = {pcr for pcr, _ in (*ran.appraisal.facts.pcrs, *ran.appraisal.facts.platform_pcrs)}
    missing = sorted(set(attest.pcrs) - shown)
    return f"The evidence does not show PCR {', '.join(map(str, missing))}, which the plan asks for." if missing else ""


def asked_of(attest: plans.Attest, found: Subject) -> Tier:
    """The plan's tier, or the lower one that it allows this machine."""
    facts = MachineFacts(name=found.machine, pool=found.pool, tags=found.tags)
    allowed = [
        Tier(tier)
        for tier, selectors in (("none", attest.allow.none), ("warning", attest.allow.warning))
        if any(Selector.parse(text).matches(facts) for text in selectors)
    ]
    return min([*allowed, Tier(attest.require)], key=_strictness)


def _strictness(tier: Tier) -> int:
    return (Tier.NONE, Tier.WARNING, Tier.AFFIRMING).index(tier)


def _ended(outcome: wire.BootOutcome, cause: Cause, detail: str) -> wire.BootOutcome:
    return outcome.model_copy(update={"verdict": verdict_of(cause), "cause": cause, "detail": detail[:4000]})
