"""Whether the machines of a plan can reach the tier that it requires: asked before anything boots."""

import json
from collections.abc import Iterator, Sequence

from farm.plans.machines import TIERS, MachineFacts, rank
from farm.plans.model import Attest
from farm.plans.selector_grammar import Selector
from farm.plans.targets import Target, ranges

WHY = {"warning": ("key is not endorsed", "key is not endorsed"), "none": ("key is unknown", "keys are unknown")}


def tier_problems(attest: Attest, selectors: Sequence[Selector], chosen: Sequence[Target]) -> Iterator[tuple[str, str]]:
    """A sentence and a suggestion for each tier at which machines get stuck. A pool counts with all its machines, since
    any of them may be picked."""
    candidates = {machine.name: machine for target in chosen for machine in target.machines}.values()
    stuck = [machine for machine in candidates if not machine.reaches(attest.require) and not _allowed(attest, machine)]
    for best in TIERS:
        if here := [machine for machine in stuck if TIERS[rank(machine.best_tier)] == best]:
            yield _sentence(attest.require, best, here, _cover(here, selectors, list(candidates)))


def _allowed(attest: Attest, machine: MachineFacts) -> bool:
    ways = {"none": attest.allow.none, "warning": attest.allow.warning}
    return any(
        machine.reaches(tier) and any(Selector.parse(text).matches(machine) for text in texts)
        for tier, texts in ways.items()
    )


def _cover(stuck: list[MachineFacts], selectors: Sequence[Selector], candidates: list[MachineFacts]) -> list[str]:
    """Selectors that mean these machines and no other candidate: the plan's own where they do, else names."""
    own = [s for s in selectors if all(machine in stuck for machine in candidates if s.matches(machine))]
    own = [s for s in own if any(s.matches(machine) for machine in stuck)]
    rest = [machine.name for machine in stuck if not any(s.matches(machine) for s in own)]
    return [s.text for s in own] + rest


def _sentence(require: str, best: str, stuck: list[MachineFacts], cover: list[str]) -> tuple[str, str]:
    one, many = WHY[best]
    why = f"its {one}" if len(stuck) == 1 else f"their {many}"
    allow = f"allow = {{ {best} = {json.dumps(cover, ensure_ascii=False)} }}"
    names = ranges(machine.name for machine in stuck)
    return f'"{require}" can\'t be reached on {names}: {why}, best tier "{best}"; add {allow}', allow
