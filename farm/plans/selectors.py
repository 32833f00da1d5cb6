"""Selectors: which machines a plan means.

    selector = both ("|" both)*        both = not ("&" not)*        not = "!" not | "(" selector ")" | word

A word is `tag:x`, `pool:x` or a name, each with the globs `*`, `?` and `[...]`. A plain name means that machine, and
also its numbered series: `qemu` is `qemu`, `qemu-1`, `qemu-2` and so on, because that is how people speak of them.

`pool:x` asks for *any one* machine of the pool; names, globs and tags ask for *each* machine that matches. `&` with a
pool narrows it (`pool:default & tag:tpm` is any one machine of it with a TPM), a pool below `!` only filters. A `|`
between a pool and a name would ask for both at once and is refused: two list items say it clearly.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from farm.plans.machines import MachineFacts


@dataclass(frozen=True)
class Word:
    """One term: `kind` is "name", "tag" or "pool", `value` the glob behind it."""

    kind: str
    value: str

    def matches(self, machine: MachineFacts) -> bool:
        """Whether the machine has that tag, is of that pool, or has that name."""
        if self.kind == "tag":
            return any(fnmatchcase(tag, self.value) for tag in machine.tags)
        if self.kind == "pool":
            return fnmatchcase(machine.pool, self.value)
        series = re.fullmatch(r"(.+)-[0-9]+", machine.name)
        return fnmatchcase(machine.name, self.value) or (series is not None and series[1] == self.value)

    def __str__(self) -> str:
        """The word as it is written in a plan."""
        return self.value if self.kind == "name" else f"{self.kind}:{self.value}"


@dataclass(frozen=True)
class Not:
    """Every machine that `inner` doesn't match."""

    inner: "Term"

    def matches(self, machine: MachineFacts) -> bool:
        """Whether `inner` doesn't match."""
        return not self.inner.matches(machine)


@dataclass(frozen=True)
class Both:
    """The machines that all terms match."""

    terms: tuple["Term", ...]

    def matches(self, machine: MachineFacts) -> bool:
        """Whether all terms match."""
        return all(term.matches(machine) for term in self.terms)


@dataclass(frozen=True)
class Either:
    """The machines that at least one term matches."""

    terms: tuple["Term", ...]

    def matches(self, machine: MachineFacts) -> bool:
        """Whether one term matches."""
        return any(term.matches(machine) for term in self.terms)


Term = Word | Not | Both | Either


def asks_for_any(term: Term) -> bool:
    """Whether the term asks for any one machine of a pool. Raises ValueError where `|` mixes the two ways of asking."""
    match term:
        case Word():
            return term.kind == "pool"
        case Not():
            return False
        case Both():
            # Every side is looked at before one decides: a mixed one must not hide behind the first pool.
            return True in {asks_for_any(side) for side in term.terms}
        case Either():
            ways = {asks_for_any(side) for side in term.terms}
            if len(ways) > 1:
                raise ValueError(
                    "mixes a pool (any one machine of it) with names or tags (each machine that matches); "
                    "write them as two items of the list"
                )
            return ways.pop()


def words(term: Term, *, negated: bool = False) -> Iterator[tuple[Word, bool]]:
    """Every word of the term, and whether it stands below an odd number of `!`."""
    match term:
        case Word():
            yield term, negated
        case Not():
            yield from words(term.inner, negated=not negated)
        case Both() | Either():
            for side in term.terms:
                yield from words(side, negated=negated)
