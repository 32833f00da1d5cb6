"""What a row's hash covers: every column but the hash itself, in the table's order, as the database keeps it.

Each cell is written as its text (numbers in decimal, times as microseconds since 1970), with its length in characters
and a colon before it and a comma behind it: a netstring, so that no two rows have the same bytes. All of it is UTF-8.
The last cell is the hash of the row before, so each hash covers all that came earlier. JSON would say the same and
takes five times as long for the long texts of an appraisal.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.engine import Dialect

HASH = "row_hash"
PREVIOUS = "previous_hash"


def columns(table: Table) -> list[Column[Any]]:
    """The columns that are hashed; the last one is the hash of the row before."""
    found = [column for column in table.columns if column.name != HASH]
    if found[-1].name != PREVIOUS:
        raise TypeError(f"{table.name} does not end with {PREVIOUS}, {HASH}")
    return found


def cells(table: Table, row: Mapping[str, Any], dialect: Dialect) -> list[Any]:
    """A row's values as the database keeps them."""
    return [_kept(column, row[column.name], dialect) for column in columns(table)]


def _kept(column: Column[Any], value: Any, dialect: Dialect) -> Any:
    process = getattr(column.type, "process_bind_param", None)
    return process(value, dialect) if process else value


def row_hash(kept: Sequence[Any]) -> str:
    """Lower-case hex SHA-256 over the cells."""
    return hashlib.sha256("".join([f"{len(text)}:{text}," for text in map(str, kept)]).encode()).hexdigest()
