"""What runs at every pass and on every page never reads all boots or builds, however long the history is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from farm import builds, dispatch, history, leases, machines, passes
from farm.access import Caller
from farm.farm import Farm
from farm.history import Filter, Page
from tests.farm import farm_steps as steps

HISTORY = ("boots", "builds", "submissions", "leases", "evidence", "appraisals", "pcr_values", "changes", "reliances")


@contextmanager
def statements(farm: Farm) -> Iterator[list[tuple[str, Any]]]:
    """All queries that the database is asked meanwhile, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(farm.db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(farm.db.engine, "before_cursor_execute", note)


def full_scans(farm: Farm, asked: list[tuple[str, Any]]) -> list[str]:
    """What SQLite says it would read from the first row to the last."""
    found = []
    with farm.db.reading() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        for statement, parameters in asked:
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
                words = str(row[3]).split()
                # A scan along an index in its order stops at the limit; one of a partial index is short.
                if words[0] == "SCAN" and words[1] in HISTORY and "USING" not in words:
                    found.append(f"{row[3]}: {statement}")
    return found


def _in_session(question: Callable[[Session], object]) -> Callable[[Farm], object]:
    def ask(farm: Farm) -> object:
        with farm.db.reading() as session:
            return question(session)

    return ask


QUESTIONS: dict[str, Callable[[Farm], object]] = {
    **{one.__name__: one for one in passes.RECONCILE},
    "queue state": _in_session(history.queue_state),
    "running boots": _in_session(history.running_boots),
    "builds ahead": _in_session(lambda session: builds.ahead(session, builds.build(session, 1))),
    "expired builds": _in_session(builds.expired),
    "live leases": _in_session(lambda session: leases.live(session, 1)),
    "waiting boots": _in_session(
        lambda session: dispatch.waiting_boots(session, machines.machines(session)),
    ),
    "boots that wait": _in_session(lambda session: history.list_boots(session, Filter(verdict=["waiting"]), Page())),
    "boots that run": _in_session(lambda session: history.list_boots(session, Filter(verdict=["running"]), Page())),
}


# PostgreSQL reads small tables whole whatever their indexes are, so its plans say nothing here.
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.usefixtures("project")
def test_no_question_reads_the_whole_history(farm: Farm, admin: Caller, question: str) -> None:
    steps.hello(farm)
    steps.submit(farm, admin)
    with statements(farm) as asked:
        QUESTIONS[question](farm)
    assert asked, "it asks the database something"
    assert full_scans(farm, asked) == []
