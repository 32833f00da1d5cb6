"""Flapping folded, for display only: the rows stay as they are, and `Fold.rows` has every one of them.

Pages and the command line fold alike, so nothing here knows a database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

LEAST = 4
"""From so many flips on between the same two values a list shows one line instead of all."""


class Changed(Protocol):
    """One change of something on one machine."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def machine(self) -> str:
        """The machine's name."""

    @property
    def what(self) -> str:
        """What changed, such as `tier` or `PCR4 platform`."""

    @property
    def before(self) -> str:
        """The value until then."""

    @property
    def after(self) -> str:
        """The value from then on."""

    @property
    def cause(self) -> str:
        """Why, a word of the closed list."""

    @property
    def at(self) -> datetime:
        """When, UTC."""


Row = TypeVar("Row", bound=Changed)


@dataclass(frozen=True)
class Fold(Generic[Row]):
    """One change, or many flips of one thing of one machine between two values."""

    rows: tuple[Row, ...]  # the newest first

    @property
    def flips(self) -> int:
        """0 for a change that stands alone, else how often it went back and forth."""
        return len(self.rows) if len(self.rows) > 1 else 0

    @property
    def values(self) -> tuple[str, str]:
        """The two values, in the order of the alphabet."""
        one, other = sorted((self.rows[0].before, self.rows[0].after))
        return one, other

    @property
    def causes(self) -> tuple[str, ...]:
        """Why, each cause once; several where not all of them had the same."""
        return tuple(dict.fromkeys(row.cause for row in self.rows))

    @property
    def since(self) -> datetime:
        """When the first of them was."""
        return self.rows[-1].at


def folded(rows: Iterable[Row]) -> list[Fold[Row]]:
    """The rows of a list, newest first, in folds at the place of their newest row."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Row]] = {}
    whole = list(rows)
    for row in whole:
        groups.setdefault(_key(row), []).append(row)
    folds: list[Fold[Row]] = []
    done: set[int] = set()
    for row in whole:
        if row.id in done:
            continue
        group = groups[_key(row)]
        flaps = len(group) >= LEAST and all(one.before == next_.after for one, next_ in pairwise(group))
        folds.append(Fold(tuple(group) if flaps else (row,)))
        done |= {one.id for one in folds[-1].rows}
    return folds


def _key(row: Changed) -> tuple[str, str, tuple[str, ...]]:
    return row.machine, row.what, tuple(sorted((row.before, row.after)))
