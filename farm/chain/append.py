"""Appending to a chain: the only way by which rows get into a chained table."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from farm.chain.cells import HASH, PREVIOUS, cells, row_hash
from farm.chain.heads import ChainHead


def append(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> range:
    """Insert rows behind the last one; their ids. Other writers of this chain wait until this transaction ends.

    `rows` lack id and hashes. SQLite has one writer anyway; on PostgreSQL the chain's head is locked.
    """
    head = session.scalars(
        select(ChainHead)
        .where(ChainHead.name == table.name)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    last, previous, made = head.last_id, head.row_hash, []
    dialect = session.get_bind().dialect
    for row in rows:
        last += 1
        whole: dict[str, Any] = {**row, "id": last, PREVIOUS: previous}
        previous = row_hash(cells(table, whole, dialect))
        made.append({**whole, HASH: previous})
    first = head.last_id + 1
    if made:
        session.execute(insert(table), made)
        moved = update(ChainHead.__table__).where(ChainHead.name == table.name)  # type: ignore[arg-type]
        session.execute(moved.values(last_id=last, row_hash=previous))
        session.expire(head)
    return range(first, last + 1)
