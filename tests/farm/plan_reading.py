"""How a database would answer what is asked of it: plans of statements, and whether one reads a large table whole."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from farm.farm import Farm

LARGE = (
    *("boots", "appraisals", "pcr_values", "pcr_runs", "changes", "reliances", "evidence"),
    *("submissions", "builds", "artifacts", "reference_values", "reference_states"),
)
Ask = Callable[[Session], object]


@contextmanager
def asked_of(farm: Farm) -> Iterator[list[tuple[str, Any]]]:
    """All queries that the database is asked meanwhile, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(farm.db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(farm.db.engine, "before_cursor_execute", note)


def plan(farm: Farm, ask: Ask) -> list[str]:
    """The lines of the plans of all statements that a question asks."""
    sqlite = farm.db.engine.dialect.name == "sqlite"
    with farm.db.reading() as session:
        if not sqlite:
            # Tables of a test are so small that reading and sorting them is cheaper; what counts is whether there is a
            # way along an index, in its order.
            for way in ("seqscan", "bitmapscan", "sort"):
                session.execute(text(f"SET LOCAL enable_{way} = off"))
        with asked_of(farm) as asked:
            ask(session)
        assert asked, "it asks the database something"
        raw: Any = session.connection().connection.driver_connection
        if sqlite:
            explained = [raw.execute(f"EXPLAIN QUERY PLAN {text_}", values) for text_, values in asked]
            return [str(row[3]) for rows in explained for row in rows]
        return [str(row[0]) for text_, values in asked for row in raw.execute(f"EXPLAIN {text_}", values)]


def reads_whole(line: str, walked: Collection[str] = ()) -> bool:
    """Whether a line of a plan says that a large table is read whole, and not in the order of an index.

    SQLite says of a walk in the order of ids that it scans; `walked` are tables that a question walks so, to a limit.
    """
    words = line.replace("->", "").split()
    if words[:2] == ["Seq", "Scan"]:
        return words[3] in LARGE
    # An automatic index is one that SQLite makes for this one statement, of all rows.
    whole = words[0] == "SCAN" and "USING" not in words and words[1] not in walked
    return (whole or "AUTOMATIC" in words) and words[1].rstrip("_0123456789") in LARGE
