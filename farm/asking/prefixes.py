"""What begins with the hex digits that somebody typed, told by two looks into an index however many rows there are."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session


def ends(session: Session, column: Any, prefix: str, *conditions: ColumnElement[bool]) -> set[str]:
    """The first and the last value of the column that begin so: none, one that is the only one, or two of several.

    `conditions` say what a partial index is for, in its words.
    """
    # A range instead of LIKE: it uses the index on every database.
    within = select(column).where(column.between(prefix, prefix + "g"), *conditions)
    first = session.scalars(within.order_by(column).limit(1)).one_or_none()
    if first is None:
        return set()
    return {first, session.scalars(within.order_by(column.desc()).limit(1)).one()}
