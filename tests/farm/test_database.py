"""Sessions: whole or nothing, readers that never wait, and a busy database that says so."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from farm import access, database, machines
from farm.database import Database, Utc
from farm.errors import BadRequest, Unavailable
from farm.farm import Farm


@pytest.fixture
def impatient(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A SQLite database whose writers wait for a tenth of a second."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    (tmp_path / "farm.sqlite").write_bytes(sqlite_template.read_bytes())
    made = Database(f"sqlite:///{tmp_path / 'farm.sqlite'}")
    yield made
    made.dispose()


def labs(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(text("SELECT count(*) FROM labs")) or 0


def test_a_writer_that_waits_too_long_is_told_to_try_again_and_writes_nothing(impatient: Database) -> None:
    with impatient.engine.connect() as other, other.begin():
        with pytest.raises(Unavailable) as busy, impatient.writing() as session:
            machines.ensure_lab(session, "cellar")
        assert "nothing was changed" in busy.value.message
    assert labs(impatient) == 0


def test_a_reader_does_not_wait_for_a_writer(impatient: Database) -> None:
    with impatient.writing() as session:
        machines.ensure_lab(session, "cellar")
        session.flush()
        assert labs(impatient) == 0
    assert labs(impatient) == 1


def test_an_error_rolls_the_whole_transaction_back(farm: Farm) -> None:
    def write_and_fail() -> None:
        with farm.db.writing() as session:
            machines.ensure_lab(session, "cellar")
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert labs(farm.db) == 0


def test_what_the_database_cannot_keep_is_the_requests_fault(farm: Farm) -> None:
    def rename() -> None:
        with farm.db.writing() as session:
            machines.hello(
                session, lab="cellar", name="w" * 101, kinds=["boot"], version="", toolchain="", accelerator=""
            )

    if farm.db.engine.dialect.name == "postgresql":
        with pytest.raises(BadRequest):
            rename()
    with pytest.raises(BadRequest, match="no row can have"), farm.db.reading() as session:
        access.tokens_of(session, 10**30)


def test_times_come_back_as_they_went_in_to_the_microsecond(farm: Farm) -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)
    dialect = farm.db.engine.dialect
    stored = Utc().process_bind_param(moment, dialect)
    assert Utc().process_result_value(stored, dialect) == moment


def test_a_time_without_a_zone_is_a_bug_of_ours(farm: Farm) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Utc().process_bind_param(datetime(2026, 2, 3), farm.db.engine.dialect)


def test_many_writers_at_once_all_get_their_turn(farm: Farm) -> None:
    def add(number: int) -> None:
        with farm.db.writing() as session:
            machines.ensure_lab(session, f"lab-{number}")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert labs(farm.db) == 16


def test_a_sqlite_database_survives_a_killed_process_and_enforces_its_references(impatient: Database) -> None:
    with impatient.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
