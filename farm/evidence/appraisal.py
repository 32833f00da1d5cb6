"""The verifier: evidence, expectations and a policy in, an appraisal out. Pure: no database, no clock, no files."""

from datetime import datetime

from farm.evidence.case import Case
from farm.evidence.inputs import Expected, Nonce, Received, ReferenceState
from farm.evidence.policy import DEFAULT_POLICY, Policy
from farm.evidence.results import Appraisal, Event, Facts, Step, StepOutcome, Tier

VERIFIER = "bootfarm-verifier/1"
"""Names these rules in every appraisal; the number grows whenever the same evidence could be judged differently."""

__all__ = [
    "DEFAULT_POLICY",
    "VERIFIER",
    "Appraisal",
    "Event",
    "Expected",
    "Facts",
    "Nonce",
    "Policy",
    "Received",
    "ReferenceState",
    "Step",
    "StepOutcome",
    "Tier",
    "appraise",
]


def appraise(evidence: Received, expected: Expected, policy: Policy, at: datetime) -> Appraisal:
    """Judge one evidence as of `at` (UTC, aware). Whatever the evidence is, the answer is an appraisal.

    Raises:
        Exception: only for faults of the verifier itself; the caller records tier none, outcome error.
    """
    # Loaded with the first evidence: whoever only needs the types above should not wait for OpenSSL.
    from farm.evidence.judging import judge
    from farm.evidence.telling import facts_of, steps_of

    case = Case(evidence, expected, policy, at)
    judged = judge(case)
    return Appraisal(
        steps=steps_of(judged),
        tier=judged.tier,
        reason=judged.reason,
        statement=judged.statement,
        vector=judged.vector,
        facts=facts_of(case, judged),
    )
