"""No mutant is accepted, and each is refused by the step that is there for it."""

from collections import Counter

import pytest

from farm.evidence.appraisal import Appraisal, Received, StepOutcome, Tier, appraise
from farm.evidence.bundle import read, write
from farm.evidence.step_names import ALL, BINDING, STEPS
from tests.hostile import good
from tests.hostile.corpus import PARTS, mutants
from tests.hostile.export import LARGEST, bundled
from tests.hostile.mutant import Mutant

LEAST = 10_000


def judged(mutant: Mutant) -> Appraisal:
    return appraise(mutant.evidence, mutant.expected, mutant.policy, mutant.at)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__.rpartition(".")[2])
def test_each_mutant_is_refused_by_the_step_that_is_named(part: object) -> None:
    wrong = []
    for mutant in part.mutants():  # type: ignore[attr-defined]
        found = judged(mutant)
        assert found.tier is not Tier.AFFIRMING, mutant.name
        if (found.reason, found.tier) != (mutant.step, mutant.tier):
            wrong.append(f"{mutant.name}: {found.reason} {found.tier}, not {mutant.step} {mutant.tier}")
    assert wrong == []


def test_the_corpus_is_large_its_names_differ_and_it_names_every_step() -> None:
    steps = Counter[str]()
    names = set()
    for mutant in mutants():
        steps[mutant.step] += 1
        names.add(mutant.name)
    assert len(names) == steps.total() >= LEAST
    assert set(steps) == set(ALL)


def test_only_the_step_that_refuses_fails_and_all_after_it_are_not_run() -> None:
    for number, mutant in enumerate(mutants()):
        if number % 37 or mutant.step == "binding":
            continue
        steps = {step.name: step for step in judged(mutant).steps}
        assert list(steps) == [*STEPS, *BINDING]
        order = [name for name in (*STEPS, *BINDING) if name != "binding"]
        at = order.index(mutant.step)
        outcomes = [steps[name].outcome for name in order]
        assert outcomes[:at] == [StepOutcome.PASS] * at
        assert outcomes[at] is StepOutcome.FAIL
        assert set(outcomes[at + 1 :]) <= {StepOutcome.NOT_RUN}
        failed = mutant.step in BINDING
        assert steps["binding"].outcome is (StepOutcome.FAIL if failed else StepOutcome.NOT_RUN)
        assert steps[mutant.step].detail


def test_the_good_evidence_is_affirming_on_either_channel_and_on_both() -> None:
    console = good.console(good.INNER.block, good.OUTER.block)
    for evidence in (
        good.received(),
        Received(console),
        Received(b"", good.INNER.block, good.OUTER.block),
        Received(console.replace(b"\r\n", b"\n")),
        Received(b"x" * 1000 + b"\r\n" + console + console),  # the machine was reset and did it all again
        Received(console.replace(b"---BEGIN", b"\x1b[37m---BEGIN").replace(b"---\r\n", b"---\x1b[0m\r\n")),
    ):
        found = appraise(evidence, good.EXPECTED, good.POLICY, good.AT)
        assert (found.tier, found.reason) == (Tier.AFFIRMING, "")
        assert {step.outcome for step in found.steps} == {StepOutcome.PASS}


def test_an_exported_mutant_is_judged_as_here() -> None:
    for number, mutant in enumerate(mutants()):
        if number % 101 == 0 and len(mutant.evidence.console) <= LARGEST:
            given = read(write(bundled(mutant)))
            assert (given.evidence, given.policy, given.at) == (mutant.evidence, mutant.policy, mutant.at)
            again = appraise(given.evidence, given.expected, given.policy, given.at)
            assert (again.reason, again.tier) == (mutant.step, mutant.tier)
