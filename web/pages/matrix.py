"""Boots as a table of machine x firmware."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Cell = TypeVar("Cell")


@dataclass(frozen=True)
class Matrix(Generic[Cell]):
    """Rows and columns in the order of the plan; a cell may hold several boots (one an image) or none."""

    rows: list[str]
    columns: list[str]
    cells: dict[tuple[str, str], list[Cell]]

    def at(self, row: str, column: str) -> list[Cell]:
        """What stands there."""
        return self.cells.get((row, column), [])


def matrix(boots: Iterable[Cell], row: Callable[[Cell], str], column: Callable[[Cell], str]) -> Matrix[Cell]:
    """The table of some boots, each put where `row` and `column` say."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for boot in boots:
        cells.setdefault((row(boot), column(boot)), []).append(boot)
    rows, columns = dict.fromkeys(key[0] for key in cells), dict.fromkeys(key[1] for key in cells)
    return Matrix(list(rows), list(columns), cells)
