"""Walking a chain from its first row to its head, to say where it breaks."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from farm.chain.cells import HASH, columns, row_hash
from farm.chain.heads import NOTHING_BEFORE, ChainHead

_MAPPED = 1 << 30  # bytes
_BATCH = 100  # rows in memory at a time; many more fall out of the processor's cache


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain breaks: `kind` is changed, removed, reordered, truncated or added."""

    row: int
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found. `head` is the hash of the last good row: kept elsewhere, it proves all rows up to here."""

    chain: str
    rows: int
    head: str
    broken: Break | None
    holds_anchor: bool  # the hash that was asked for is that of a row, or none was asked for


def walk(session: Session, table: Table, anchor: str = "") -> Walked:
    """Compute every hash again, up to the first break. One pass in the order of ids, in constant memory."""
    rows, previous, found_anchor = 0, NOTHING_BEFORE, not anchor
    with closing(_rows(session, table)) as found:
        for kept, stored in found:
            computed = row_hash(kept)
            broken = _break(kept, stored == computed, rows, previous)
            if broken:
                return Walked(table.name, rows, previous, broken, found_anchor)
            rows, previous = rows + 1, computed
            found_anchor = found_anchor or computed == anchor
    return Walked(table.name, rows, previous, _end(session, table, rows, previous), found_anchor)


def _rows(session: Session, table: Table) -> Generator[tuple[Sequence[Any], str]]:
    quote = session.get_bind().dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in [*(column.name for column in columns(table)), HASH])
    # The driver's own cursor, so that values come as they are kept: SQLAlchemy's rows cost as much as their hashes.
    raw: Any = session.connection().connection.driver_connection
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    # A named cursor of PostgreSQL stays on the server, so that not all rows come at once.
    cursor = raw.cursor() if on_sqlite else raw.cursor("walk")
    with closing(cursor):
        if on_sqlite:
            # Pages that are read once need no copy of their own: a tenth less time. Not for all of the farm's
            # connections: a mapped file that gets shorter ends the process (sqlite.org/mmap.html).
            cursor.execute(f"PRAGMA mmap_size = {_MAPPED}")
        try:
            cursor.execute(f"SELECT {names} FROM {quote(table.name)} ORDER BY id")
            while batch := cursor.fetchmany(_BATCH):
                for row in batch:
                    yield row[:-1], row[-1]
        finally:
            if on_sqlite:
                cursor.execute("PRAGMA mmap_size = 0")


def _break(kept: Sequence[Any], own_hash_fits: bool, rows_before: int, previous: str) -> Break | None:
    number, names = kept[0], kept[-1]
    expected = rows_before + 1
    if number != expected:
        gone = f"row {expected}" if number == expected + 1 else f"rows {expected} to {number - 1}"
        return Break(expected, "removed", f"{gone} should be before row {number} and is missing")
    if names != previous and not own_hash_fits:
        return Break(number, "reordered", f"row {number} does not belong behind row {rows_before}, and was altered")
    if names != previous:
        altered = rows_before or number
        return Break(altered, "changed", f"row {number} names another row before it: row {altered} was replaced")
    if not own_hash_fits:
        return Break(number, "changed", f"row {number} is not what was hashed when it was written")
    return None


def _end(session: Session, table: Table, rows: int, previous: str) -> Break | None:
    head = session.scalars(select(ChainHead).where(ChainHead.name == table.name)).one_or_none()
    if head is None:
        return Break(rows, "removed", "the head of the chain is missing")
    if head.last_id > rows:
        sentence = f"the head knows {head.last_id} rows, and the last {head.last_id - rows} of them are missing"
        return Break(rows + 1, "truncated", sentence)
    if head.last_id < rows:
        return Break(head.last_id + 1, "added", f"the head knows {head.last_id} rows, and there are {rows}")
    if head.row_hash != previous:
        return Break(rows, "changed", f"row {rows} is not the one that the head knows as the last")
    return None
