"""A migrated farm per test costs a copy, not a migration: each kind of database has a template per test run."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from farm.access import Scope, ensure_person
from farm.farm import Farm
from farm.schema import upgrade
from farm.settings import Settings


def farm_at(home: Path, redis_url: str, database_url: str = "", **settings: object) -> Farm:
    """A farm over a database that may be migrated already."""
    given = {"home": home, "redis_url": redis_url, "database_url": database_url, "secret_key": "test-secret"}
    return Farm(Settings(**{**given, **settings}))  # type: ignore[arg-type]


def _migrated(home: Path, redis_url: str, database_url: str = "") -> None:
    made = farm_at(home, redis_url, database_url)
    upgrade(made)
    with made.db.writing() as session:
        ensure_person(session, "ada", [Scope.ADMIN])
    made.db.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Path:
    """A migrated SQLite database with an admin; its last connection is closed, so it is one file."""
    home = tmp_path_factory.mktemp("template")
    _migrated(home, redis_url)
    return home / "farm.sqlite"


@pytest.fixture(scope="session")
def postgresql_template(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str, redis_url: str) -> str:
    """The name of a migrated PostgreSQL database with an admin."""
    name = f"template_{os.getpid()}"
    _statement(postgresql_url, f"CREATE DATABASE {name}")
    _migrated(tmp_path_factory.mktemp("template"), redis_url, postgresql_url.format(name))
    return name


def _statement(pattern: str, statement: str) -> None:
    host = pattern.rsplit("host=", 1)[1]
    with psycopg.connect(host=host, user="farm", dbname="postgres", autocommit=True) as admin:
        admin.execute(statement.encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of a test's own, once of each kind."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "farm.sqlite")
        yield f"sqlite:///{tmp_path / 'farm.sqlite'}"
        return
    pattern: str = request.getfixturevalue("postgresql_url")
    name = f"farm_{time.monotonic_ns()}"
    template: str = request.getfixturevalue("postgresql_template")
    _statement(pattern, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield pattern.format(name)
    _statement(pattern, f"DROP DATABASE {name} WITH (FORCE)")
