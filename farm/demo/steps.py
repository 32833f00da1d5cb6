"""The steps of a made-up appraisal, with what a real one expects and finds in those that a page shows first."""

from farm.demo.sighting import Sighting
from farm.evidence.results import Step, StepOutcome
from farm.evidence.step_names import BINDING, STEPS
from farm.references.derived import pcr4_of

_BINDING = "binding"
_Found = tuple[str, str, str]  # expected, actual, detail


def steps(one: Sighting) -> list[Step]:
    """All of them; none of those after the one that failed was run."""
    found, reason = _found(one), one.what.reason
    made = [_step(name, StepOutcome.PASS, found) for name in STEPS if name != _BINDING]
    if reason == _BINDING:  # no outer quote
        return [*made, *(_step(name, StepOutcome.NOT_RUN, found) for name in (_BINDING, *BINDING))]
    made.append(_step(_BINDING, StepOutcome.FAIL if reason else StepOutcome.PASS, found))
    outcome = StepOutcome.PASS
    for name in BINDING:
        made.append(_step(name, StepOutcome.FAIL if name == reason else outcome, found))
        outcome = StepOutcome.NOT_RUN if name == reason else outcome
    return made


def _step(name: str, outcome: StepOutcome, found: dict[str, _Found]) -> Step:
    not_reached = outcome is StepOutcome.NOT_RUN and name != _BINDING
    return Step(name, outcome, *("", "", "") if not_reached else found.get(name, ("", "", "")))


def _found(one: Sighting) -> dict[str, _Found]:
    pcrs, digest = one.what.pcrs, one.image.image_digest
    told = {"nonce": (one.nonce, one.nonce, ""), "image": (digest, digest, "")}
    told["measurements"] = (pcrs["quote", 10], pcrs["quote", 10], "")
    if one.what.reason == _BINDING:
        return told | {_BINDING: ("an outer quote", "none", "the evidence has no outer quote")}
    straight, actual = pcr4_of(bytes.fromhex(one.image.authenticode)).hex(), pcrs["platform", 4]
    detour = "" if actual == straight else r"made up: \EFI\BOOT\FALLBACK.EFI ran before this file"
    pending = "" if one.what.approved else "PCR[0] is pending"
    parts = f"all {len(BINDING)} parts hold"
    held = f"{one.what.reason} does not hold" if one.what.reason else "all hold"
    return told | {
        _BINDING: (parts, held, detour or pending),
        "binding-pcr4": (straight, actual, detour),
        "binding-firmware": ("approved values of PCR 0, 2 and 7", pcrs["platform", 0], pending),
    }
