"""Statements that look only at the newest rows of each machine, however many machines and rows there are."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, select, type_coerce, union_all

from farm.asking.pages import Statement, exact, micros

Value = TypeVar("Value", int, str)

# Beyond this many the rows of the chosen machines are so dense in the order of time that walking it finds them soon.
MERGED = 100


def merged(values: Sequence[Value], make: Callable[[Value], Statement]) -> Any:
    """One subquery of the first rows of each value, such as each machine. `make` orders and limits those of one.

    One IN would make the database read all rows of all these values and sort them.
    """
    each = [select(make(value).subquery()) for value in values]
    return (union_all(*each) if len(each) > 1 else each[0]).subquery()


def unindexed(column: Any) -> ColumnElement[Any]:
    """The column, such that no index is looked up for it: the walk follows the order, and this only filters."""
    return column.concat("") if isinstance(column.type, String) else type_coerce(column, column.type).op("+")(0)


def known_by(column: Any, at: datetime) -> ColumnElement[bool]:
    """Whether something was there at a moment, such as a boot's end. It is checked on each row: along an index of times
    every row until then would be read.
    """
    return unindexed(micros(column)) <= exact(at)
