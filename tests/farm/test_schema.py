"""The schema that migrations make is the schema that the code means, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from farm import schema
from farm.errors import Conflict
from farm.farm import Farm
from farm.settings import Settings


@pytest.fixture
def empty(tmp_path: Path, database_url: str) -> Iterator[Farm]:
    """A farm whose database has no tables yet."""
    made = Farm(Settings(home=tmp_path / "home", database_url=database_url, secret_key="x"))
    yield made
    made.db.dispose()


def differences(farm: Farm) -> list[object]:
    with farm.db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), schema.metadata))


def constraints(farm: Farm) -> dict[str, set[str | None]]:
    """Names of checks and unique indexes, which Alembic does not compare."""
    found = inspect(farm.db.engine)
    return {
        table: {one["name"] for one in [*found.get_check_constraints(table), *found.get_indexes(table)]}
        for table in schema.metadata.tables
    }


def test_an_upgrade_from_nothing_makes_what_the_code_means(empty: Farm) -> None:
    schema.upgrade(empty)
    assert differences(empty) == []
    for name, table in schema.metadata.tables.items():
        meant = {str(one.name) for one in table.constraints if one.name and str(one.name).startswith("ck_")}
        meant |= {str(one.name) for one in table.indexes}
        assert meant <= constraints(empty)[name], name


def test_down_and_up_again_ends_where_it_began(empty: Farm) -> None:
    schema.upgrade(empty)
    before = constraints(empty)
    command.downgrade(schema.config(empty.settings.sql_url), "base")
    assert set(inspect(empty.db.engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade(empty)
    assert differences(empty) == []
    assert constraints(empty) == before


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(farm: Farm) -> None:
    schema.upgrade(farm)
    schema.check(farm)


def test_a_database_without_tables_is_refused_with_what_to_do(empty: Farm) -> None:
    with pytest.raises(Conflict, match="revision none") as refused:
        schema.check(empty)
    assert "bootfarm db upgrade" in refused.value.next_step


def test_a_database_of_another_time_is_refused_by_its_revision(farm: Farm) -> None:
    with farm.db.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(Conflict, match="0000"):
        schema.check(farm)
