"""The chains of evidence and appraisals: nothing can be changed, removed, reordered or cut off without a trace."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from farm import chain, evidence, wire
from farm.access import Caller
from farm.evidence import Evidence
from farm.farm import Farm
from tests.farm import farm_steps as steps

TABLE = Evidence.__table__


@pytest.fixture
def boot(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot with five rows of evidence."""
    steps.hello(farm)
    number = steps.ready_boot(farm, admin)
    for name in "abcde":
        record(farm, number, name)
    return number


def record(farm: Farm, boot: int, name: str) -> None:
    digest = steps.store(farm, name.encode())
    with farm.db.writing() as session:
        file = wire.EvidenceFile(name=name, source=wire.EvidenceSource.ESP, digest=digest, size=1)
        evidence.record(session, boot, [file])


def walk(farm: Farm, anchor: str = "") -> chain.Walked:
    with farm.db.reading() as session:
        return chain.walk(session, TABLE, anchor)


def tamper(farm: Farm, *statements: str) -> None:
    """As somebody who owns the database and switches its triggers off."""
    with farm.db.writing() as session:
        if session.get_bind().dialect.name == "sqlite":
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER evidence_no_{verb}"))
        else:
            session.execute(text("ALTER TABLE evidence DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement))


@pytest.mark.usefixtures("boot")
def test_an_untouched_chain_is_whole(farm: Farm) -> None:
    walked = walk(farm)
    assert (walked.rows, walked.broken) == (5, None)


@pytest.mark.usefixtures("boot")
@pytest.mark.parametrize(
    ("statements", "row", "kind"),
    [
        (["UPDATE evidence SET name = 'x' WHERE id = 3"], 3, "changed"),
        (["UPDATE evidence SET created_at = created_at + 1 WHERE id = 1"], 1, "changed"),
        (["UPDATE evidence SET name = 'x' WHERE id = 5"], 5, "changed"),
        (["DELETE FROM evidence WHERE id = 2"], 2, "removed"),
        (["DELETE FROM evidence WHERE id < 3"], 1, "removed"),
        (["DELETE FROM evidence WHERE id = 5"], 5, "truncated"),
        (["DELETE FROM evidence WHERE id > 2"], 3, "truncated"),
        (["DELETE FROM evidence"], 1, "truncated"),
        (["DELETE FROM chain_heads WHERE name = 'evidence'"], 5, "removed"),
        (["DELETE FROM evidence WHERE id = 2", "UPDATE evidence SET id = id - 1 WHERE id > 2"], 2, "reordered"),
        (
            [
                "UPDATE evidence SET id = 99 WHERE id = 2",
                "UPDATE evidence SET id = 2 WHERE id = 3",
                "UPDATE evidence SET id = 3 WHERE id = 99",
            ],
            2,
            "reordered",
        ),
        (["UPDATE chain_heads SET last_id = 4 WHERE name = 'evidence'"], 5, "added"),
        (["UPDATE chain_heads SET row_hash = '0' WHERE name = 'evidence'"], 5, "changed"),
    ],
)
def test_a_chain_says_where_it_breaks(farm: Farm, statements: list[str], row: int, kind: str) -> None:
    tamper(farm, *statements)
    broken = walk(farm).broken
    assert broken is not None
    assert (broken.row, broken.kind) == (row, kind)


@pytest.mark.usefixtures("boot")
@pytest.mark.parametrize("row", [2, 5])
def test_a_row_whose_hash_was_made_anew_is_found_by_its_neighbour_or_the_head(farm: Farm, row: int) -> None:
    with farm.db.reading() as session:
        found = dict(session.execute(TABLE.select().where(TABLE.c.id == row)).one()._mapping)
        anew = chain_hash(farm, found | {"name": "x"})
    tamper(farm, f"UPDATE evidence SET name = 'x', row_hash = '{anew}' WHERE id = {row}")
    broken = walk(farm).broken
    assert broken is not None
    assert (broken.row, broken.kind) == (row, "changed")


def chain_hash(farm: Farm, row: dict[str, object]) -> str:
    from farm.chain.cells import cells, row_hash

    return row_hash(cells(TABLE, row, farm.db.engine.dialect))  # type: ignore[arg-type]


@pytest.mark.usefixtures("boot")
def test_a_hash_that_was_noted_elsewhere_is_found_again_or_missed(farm: Farm) -> None:
    noted = walk(farm).head
    assert walk(farm, noted).holds_anchor
    assert not walk(farm, "f" * 64).holds_anchor


@pytest.mark.usefixtures("boot")
@pytest.mark.parametrize("statement", ["UPDATE evidence SET name = 'x'", "DELETE FROM evidence"])
def test_the_database_itself_refuses_to_change_a_row(farm: Farm, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), farm.db.writing() as session:
        session.execute(text(statement))


@pytest.mark.usefixtures("boot")
@pytest.mark.parametrize("own", ["id, boot_id, source, 'x'", "id + 100, boot_id, source, name"])
def test_no_row_takes_the_place_of_another(farm: Farm, own: str) -> None:
    columns = "id, boot_id, source, name, digest, created_at, previous_hash, row_hash"
    row = f"({columns}) SELECT {own}, digest, created_at, previous_hash, row_hash FROM evidence WHERE id = 2"
    if farm.db.engine.dialect.name == "sqlite":  # by a client without our settings: REPLACE asks no trigger of DELETE
        other = sqlite3.connect(str(farm.db.engine.url.database))
        with closing(other), pytest.raises(sqlite3.IntegrityError, match="append-only: REPLACE refused"):
            other.execute(f"INSERT OR REPLACE INTO evidence {row}")
    else:
        key = "id" if own.startswith("id,") else "boot_id, source, name"
        update = f"INSERT INTO evidence {row} ON CONFLICT ({key}) DO UPDATE SET name = 'x'"
        with pytest.raises(DBAPIError, match="append-only"), farm.db.writing() as session:
            session.execute(text(update))
    assert walk(farm).broken is None


@pytest.mark.usefixtures("boot")
def test_a_row_that_comes_while_the_chain_is_walked_is_no_break(farm: Farm, boot: int) -> None:
    with farm.db.reading() as session:
        assert chain.walk(session, TABLE).rows == 5
        record(farm, boot, "f")
        again = chain.walk(session, TABLE)
        assert (again.rows, again.broken) == (5, None), "one view, from the first row to the head"
    assert walk(farm).rows == 6


def test_writers_at_once_make_one_chain(farm: Farm, boot: int) -> None:
    jobs: list[Callable[[], object]] = [lambda name=name: record(farm, boot, name) for name in "fghij"]
    assert steps.at_once(*jobs) == [None] * 5
    walked = walk(farm)
    assert (walked.rows, walked.broken) == (10, None)


def test_a_writer_that_fails_leaves_no_gap(farm: Farm, boot: int) -> None:
    digest = steps.store(farm, b"a")
    with pytest.raises(ZeroDivisionError), farm.db.writing() as session:
        record_and_fail(session, boot, digest)
    record(farm, boot, "g")
    assert walk(farm).broken is None


def record_and_fail(session: Session, boot: int, digest: str) -> float:
    evidence.record(session, boot, [wire.EvidenceFile(name="f", source=wire.EvidenceSource.ESP, digest=digest, size=1)])
    return 1 / 0
