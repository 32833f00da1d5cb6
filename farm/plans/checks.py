"""What the farm's machines say about a plan before its boots are counted: errors that refuse it, and warnings."""

from collections.abc import Iterator
from dataclasses import dataclass

from farm.plans.machines import MachineFacts
from farm.plans.model import Plan
from farm.plans.nearness import no_match
from farm.plans.problems import PlanProblem, nearest, problem, quoted
from farm.plans.reading import ReadPlan
from farm.plans.selector_grammar import Selector
from farm.plans.selectors import words
from farm.plans.targets import Target
from farm.plans.tiers import tier_problems


@dataclass(frozen=True)
class Case:
    """One plan before the machines of one farm."""

    read_plan: ReadPlan
    plan: Plan
    machines: tuple[MachineFacts, ...]
    selectors: tuple[Selector, ...]
    targets: tuple[Target, ...]

    def problem(self, code: str, message: str, key: str, item: str = "", suggestion: str = "") -> PlanProblem:
        """A problem at the place where the plan has `key`, or one `item` of it."""
        place = self.read_plan.place(self.plan, key, item)
        return problem(code, message, place, file=self.read_plan.file, suggestion=suggestion)


def errors(case: Case) -> Iterator[PlanProblem]:
    """Selectors and firmware that name nothing, and tiers out of reach."""
    for number, selector in enumerate(case.selectors):
        if not any(selector.matches(machine) for machine in case.machines):
            sentence, suggestion = no_match(selector, case.machines)
            yield case.problem("CFG010", sentence, "boot.machines", f"[{number}]", suggestion)
    yield from _unknown_firmware(case)
    for sentence, suggestion in tier_problems(case.plan.attest, case.selectors, case.targets):
        yield case.problem("CFG030", sentence, "attest.require", suggestion=suggestion)


def _unknown_firmware(case: Case) -> Iterator[PlanProblem]:
    known = {name for machine in case.machines for name in machine.firmware}
    offered = {name for target in case.targets for machine in target.machines for name in machine.firmware}
    for number, name in enumerate(case.plan.boot.firmware):
        if name not in known:
            hint = nearest(name, sorted(known))
            advice = f"; did you mean {quoted(hint)}?" if hint else ";"
            count = f"{len(known) or 'none'} {'are' if len(known) > 1 else 'is'} known: /firmware"
            message = f"no firmware {quoted(name)}{advice} {count}"
            yield case.problem("CFG011", message, "boot.firmware", f"[{number}]", hint)
        elif case.targets and name not in offered:
            message = f"firmware {quoted(name)} is known, but no machine of boot.machines has it"
            yield case.problem("CFG011", message, "boot.firmware", f"[{number}]")


def out_of_service(case: Case) -> Iterator[PlanProblem]:
    """Selectors whose machines are all in maintenance or broken: their boots wait, which is no mistake of the plan."""
    for number, selector in enumerate(case.selectors):
        matched = [machine for machine in case.machines if selector.matches(machine)]
        if any(machine.available for machine in matched):
            continue
        reasons = ", ".join(f"{m.name} ({m.unavailable_reason or 'no reason given'})" for m in matched[:4])
        more = f" and {len(matched) - 4} more" if len(matched) > 4 else ""
        message = f"every machine of {quoted(selector.text)} is out of service, so its boots wait: {reasons}{more}"
        yield case.problem("CFG010", message, "boot.machines", f"[{number}]")


def empty_negations(case: Case) -> Iterator[PlanProblem]:
    """Words below `!` that match nothing. A typo there would pass in silence, and boot what was to be left out."""
    for number, selector in enumerate(case.selectors):
        for word, negated in words(selector.term):
            if negated and not any(word.matches(machine) for machine in case.machines):
                message = f'"{word}" in {quoted(selector.text)} matches no machine, so "!" takes none away'
                yield case.problem("CFG010", message, "boot.machines", f"[{number}]")
