"""Exclusions: combinations of machine, firmware and image that a plan doesn't want."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from farm.plans.machines import MachineFacts
from farm.plans.model import Exclude
from farm.plans.selector_grammar import Selector
from farm.plans.targets import Target


@dataclass(frozen=True)
class Exclusion:
    """One table of boot.exclude, read. A key that isn't written matches everything. `meant` are names of machines."""

    number: int
    machines: tuple[Selector, ...]
    meant: frozenset[str]
    firmware: tuple[str, ...]
    images: tuple[str, ...]

    @classmethod
    def read(cls, number: int, written: Exclude, machines: Sequence[MachineFacts]) -> Self:
        """The exclusion behind `boot.exclude[number]`."""
        selectors = tuple(Selector.parse(text) for text in written.machines)
        meant = (m.name for m in machines if not selectors or any(selector.matches(m) for selector in selectors))
        return cls(number, selectors, frozenset(meant), written.firmware, written.images)

    def concerns(self, firmware: str | None, image: str | None) -> bool:
        """Whether it can hit any machine at all with these; asked first, since pools are large and exclusions many."""
        return (not self.firmware or firmware is None or firmware in self.firmware) and (
            not self.images or image in self.images
        )

    def hits(self, machine: MachineFacts, firmware: str | None, image: str | None) -> bool:
        """Whether it removes this combination; None is the machine's default firmware, and the first artifact."""
        used = firmware or next(iter(machine.firmware), None)
        return machine.name in self.meant and self.concerns(used or "", image)


@dataclass(frozen=True)
class Remainder:
    """What is left of a target for one firmware and image: a selector's text, or None when nothing is, and who cut."""

    selector: str | None
    cut_by: frozenset[int]


def remainder(
    target: Target,
    candidates: Sequence[MachineFacts],
    firmware: str | None,
    image: str | None,
    exclusions: Sequence[Exclusion],
) -> Remainder:
    """Take the exclusions from a target. A pool that loses some of its machines is narrowed, so that the dispatcher,
    which picks the machine later, can't pick one of those."""
    near = [exclusion for exclusion in exclusions if exclusion.concerns(firmware, image)]
    cut = [(each, [machine for machine in candidates if each.hits(machine, firmware, image)]) for each in near]
    cutting = [(exclusion, hit) for exclusion, hit in cut if hit]
    lost = {machine.name for _, hit in cutting for machine in hit}
    numbers = frozenset(exclusion.number for exclusion, _ in cutting)
    if len(lost) == len(candidates):
        return Remainder(None, numbers)
    others = [other for exclusion, hit in cutting for other in _named(exclusion, hit, candidates)]
    return Remainder(target.selector.without(list(dict.fromkeys(others))), numbers)


def _named(exclusion: Exclusion, hit: list[MachineFacts], candidates: Sequence[MachineFacts]) -> list[Selector]:
    """The exclusion's own selectors where they mean exactly the machines hit, so that a machine added later counts too;
    names where the default firmware of each machine decided."""
    if exclusion.machines and len(hit) == sum(machine.name in exclusion.meant for machine in candidates):
        return list(exclusion.machines)
    return [Selector.parse(machine.name) for machine in hit]
