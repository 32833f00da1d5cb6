"""Pages of an answer: a cursor is the key of the last row seen, so the millionth row costs as much as the first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Select, literal, tuple_, type_coerce

from farm.errors import BadRequest

Row = TypeVar("Row")
Key = tuple[int, ...]
Statement = Select[*tuple[Any, ...]]
"""A query; what it selects is checked where its rows become a dataclass."""


@dataclass(frozen=True)
class Page:
    """Where a page begins (after the row with this key, () for the first page) and how many rows it has at most."""

    after: Key = ()
    limit: int = 50

    def key(self, length: int) -> Key:
        """The key to go on from.

        Raises:
            BadRequest: the cursor is that of another list.
        """
        if len(self.after) != length:
            raise BadRequest("This cursor is not one of this list.", next_step="Begin again without a cursor.")
        return self.after


@dataclass(frozen=True)
class Answer(Generic[Row]):
    """One page of rows; `next` is the cursor of the page after it, () at the end."""

    rows: list[Row]
    next: Key = ()


def cut(found: Sequence[Row], page: Page, key: Callable[[Row], Key]) -> Answer[Row]:
    """A page of what was asked with one row more than the page has."""
    rows = list(found[: page.limit])
    return Answer(rows, key(rows[-1]) if len(found) > page.limit else ())


def micros(column: Any) -> ColumnElement[int]:
    """A time as the database keeps it, microseconds since 1970: a cursor must be exact, and floats are not."""
    return type_coerce(column, BigInteger)


def exact(at: datetime) -> int:
    """A time that was read, as the database keeps it."""
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)


def before(columns: Sequence[Any], key: Key) -> ColumnElement[bool]:
    """Rows below this key, as a row value, which both databases look up in an index."""
    return tuple_(*columns) < tuple_(*(literal(value, BigInteger) for value in key))


def beyond(columns: Sequence[Any], key: Key) -> ColumnElement[bool]:
    """Rows above this key."""
    return tuple_(*columns) > tuple_(*(literal(value, BigInteger) for value in key))
