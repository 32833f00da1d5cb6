"""From what the steps found to what people and tables keep: steps in words, and the facts that were proven."""

from farm.evidence.case import Case, Finding, Shown
from farm.evidence.event_log import NO_ACTION
from farm.evidence.event_words import described
from farm.evidence.judging import Judged
from farm.evidence.procedure import OF_BINDING, OWN
from farm.evidence.quote_steps import OUTER
from farm.evidence.results import Event, Facts, Step, StepOutcome
from farm.evidence.step_names import BINDING, STEPS

_MOST_EVENTS = 1000  # firmware measures some dozens; a guest that measures thousands need not fill the database
_NOT_RUN = {name: Step(name, StepOutcome.NOT_RUN) for name in (*STEPS, *BINDING)}
_ABSENT = Step("binding", StepOutcome.NOT_RUN, "an outer quote", "none", "the evidence has no outer quote")


def steps_of(judged: Judged) -> tuple[Step, ...]:
    """All steps of attestation.md section 3, then the parts of `binding`; those not run as well."""
    own = [_step(name, finding) for (name, _), finding in zip(OWN, judged.own, strict=False)]
    own += [_NOT_RUN[name] for name, _ in OWN[len(own) :]]
    parts = [_step(name, finding) for (name, _), finding in zip(OF_BINDING, judged.binding, strict=False)]
    binding = _binding(judged, parts)
    parts += [_NOT_RUN[name] for name, _ in OF_BINDING[len(parts) :]]
    return (*own, binding, *parts)


def _binding(judged: Judged, parts: list[Step]) -> Step:
    """The step of which the parts are the details."""
    if not parts:
        return _ABSENT if judged.own[-1][0] else _NOT_RUN["binding"]
    last = parts[-1]
    found = "all hold" if last.outcome is StepOutcome.PASS else f"{last.name} does not hold"
    return Step("binding", last.outcome, f"all {len(BINDING)} parts hold", found, last.detail)


def _step(name: str, finding: Finding) -> Step:
    holds, expected, actual, detail = finding
    if holds:
        return Step(name, StepOutcome.PASS, _text(expected), _text(actual))
    return Step(name, StepOutcome.FAIL, _text(expected), _text(actual), detail)


def _text(shown: Shown) -> str:
    if isinstance(shown, str):
        return shown
    return shown.hex() if isinstance(shown, bytes) else shown()


def facts_of(case: Case, judged: Judged) -> Facts:
    """What the evidence says, as far as the steps that prove it passed."""
    passed = judged.passed()
    quoted = "pcr-values" in passed
    measured = "measurements" in passed
    outer = "binding-pcr-values" in passed
    return Facts(
        nonce=case.inner.attest.extra if "nonce" in passed else None,
        image_digest=case.catt1.image_digest if measured else None,
        measurements=case.catt1.measurements if measured else (),
        pcrs=case.inner.pcrs if quoted else (),
        ak_name=case.inner.public.name if "attest-type" in passed else None,
        attest_digest=case.attest_digest if "replay" in passed else None,
        clock=case.inner.attest.clock if quoted else None,
        safe=case.inner.attest.safe if quoted else None,
        platform_pcrs=case.outer.pcrs if outer else (),
        platform_ak_name=case.outer.public.name if outer else None,
        events=_events(case) if "binding-event-log" in passed else (),
    )


def _events(case: Case) -> tuple[Event, ...]:
    """What the quoted values prove: events of other PCRs, or that were never extended, could say anything."""
    proven = [
        (number, event)
        for number, event in enumerate(case.log.events)
        if event.pcr in OUTER.indexes and event.kind != NO_ACTION
    ]
    return tuple([described(number, event) for number, event in proven[:_MOST_EVENTS]])
