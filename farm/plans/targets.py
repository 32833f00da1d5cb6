"""Targets: what one line of a plan's matrix boots on, either a machine or any one machine of a pool."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from farm.plans.machines import MachineFacts
from farm.plans.selector_grammar import Selector

MOST_NAMED = 6  # machines or ranges that a sentence names before it counts


@dataclass(frozen=True)
class Target:
    """`machines` are the candidates: exactly one unless the selector asks for any one of a pool."""

    selector: Selector
    machines: tuple[MachineFacts, ...]

    @property
    def machine(self) -> MachineFacts | None:
        """The machine to boot, or None for any one of the candidates."""
        return None if self.selector.any_of else self.machines[0]


def targets(selectors: Sequence[Selector], machines: Sequence[MachineFacts]) -> list[Target]:
    """The targets in the order of the plan. A machine that two selectors match belongs to the first of them."""
    found: list[Target] = []
    taken: set[str] = set()
    for selector in selectors:
        matched = [machine for machine in machines if selector.matches(machine)]
        if selector.any_of and matched and selector not in [target.selector for target in found]:
            found.append(Target(selector, tuple(matched)))
        if not selector.any_of:
            found += [Target(selector, (machine,)) for machine in matched if machine.name not in taken]
            taken |= {machine.name for machine in matched}
    return found


def ranges(names: Iterable[str]) -> str:
    """Names as a person would list them: `nuc, qemu-1..4`."""
    stretches: list[tuple[str, int, int]] = []
    shown: list[str] = []
    for name in sorted(names, key=_by_number):
        stem, number = _by_number(name)
        if number < 0:
            shown.append(name)
        elif stretches and stretches[-1][0] == stem and stretches[-1][2] == number - 1:
            stretches[-1] = (stem, stretches[-1][1], number)
        else:
            stretches.append((stem, number, number))
    shown += [f"{stem}-{first}..{last}" if last > first else f"{stem}-{first}" for stem, first, last in stretches]
    more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
    return ", ".join(shown[:MOST_NAMED]) + more


def _by_number(name: str) -> tuple[str, int]:
    """The stem and number of `qemu-4`; -1 for a name without one. `rack1-09` has a zero to keep, so it has none."""
    series = re.fullmatch(r"(.+)-(0|[1-9][0-9]{0,8})", name)
    return (series[1], int(series[2])) if series else (name, -1)
