"""From findings to a tier: which failure means what, and what the policy adds."""

from dataclasses import dataclass

from farm.evidence import binding_steps, inner_steps, statement, vector
from farm.evidence.case import Case, Finding
from farm.evidence.procedure import OF_BINDING, OWN, run
from farm.evidence.results import Tier
from farm.evidence.step_names import BINDING, STEPS


@dataclass(slots=True)  # made for each evidence, and a frozen one takes five times as long
class Judged:
    """The findings of the steps that ran, own and of `binding`, and what they come to."""

    own: list[Finding]
    binding: list[Finding]
    tier: Tier
    reason: str
    vector: dict[str, int]
    statement: str

    def passed(self) -> set[str]:
        """The names of all steps that passed."""
        own = {name for (name, _), finding in zip(OWN, self.own, strict=False) if finding[0]}
        parts = {name for (name, _), finding in zip(OF_BINDING, self.binding, strict=False) if finding[0]}
        return own | parts | ({"binding"} if len(parts) == len(BINDING) else set())


def judge(case: Case) -> Judged:
    """Run all steps and weigh what they found."""
    own = run(OWN, case)
    if not own[-1][0]:
        return _failed(case, own, [], OWN[len(own) - 1][0], own[-1])
    if not binding_steps.present(case):
        return _demanded(case, _unbound(case, own))
    parts = run(OF_BINDING, case)
    if not parts[-1][0]:
        return _failed(case, own, parts, OF_BINDING[len(parts) - 1][0], parts[-1])
    if (lenient := inner_steps.not_approved(case)) is not None:
        detail, weight = lenient
        found = {**vector.of_bound(), "executables": weight}
        told = statement.of_lenient(detail, case.policy.name)
        return _demanded(case, Judged(own, parts, vector.tier_of(found), "image", found, told))
    return Judged(own, parts, Tier.AFFIRMING, "", vector.of_bound(), statement.of_bound(case))


def _unbound(case: Case, own: list[Finding]) -> Judged:
    """Without provenance of the key the best tier is warning: whoever writes the console can mint a key."""
    return Judged(own, [], Tier.WARNING, "binding", vector.of_unbound(), statement.of_unbound(case))


def _failed(case: Case, own: list[Finding], parts: list[Finding], step: str, finding: Finding) -> Judged:
    if step == "framing" and inner_steps.absent(case):
        silence = dict.fromkeys(vector.CLAIMS, vector.NO_CLAIM)
        return Judged(own, parts, Tier.NONE, step, silence, statement.NO_EVIDENCE)
    found = vector.of_failure(step, case.weight)
    tier = vector.tier_of(found)
    return _demanded(case, Judged(own, parts, tier, step, found, statement.of_failure(tier, step, finding[3])))


def _demanded(case: Case, judged: Judged) -> Judged:
    """A step that the policy asks for by name and that did not pass makes the evidence contraindicated."""
    if judged.tier is not Tier.WARNING or not case.policy.steps:
        return judged
    passed = judged.passed()
    missing = next((name for name in (*STEPS, *BINDING) if name in case.policy.steps and name not in passed), "")
    if not missing:
        return judged
    told = statement.of_demand(missing, case.policy.name)
    return Judged(judged.own, judged.binding, Tier.CONTRAINDICATED, missing, judged.vector, told)
