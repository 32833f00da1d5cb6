"""A made-up history on each kind of database, seeded once and only read by the tests that share it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from farm.demo.seed import seed
from farm.demo.shape import MadeUpMachine, Part, Shape
from farm.farm import Farm
from tests.template_databases import _statement, farm_at

SHAPE = Shape(end=datetime.now(UTC), machines=10, commits=60)
FLAPS = 16  # commits, from the last one back, as in farm/demo/story.py


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def made_up(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Farm]:
    """A seeded farm."""
    home: Path = tmp_path_factory.mktemp("made-up")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), home / "farm.sqlite")
        url = f"sqlite:///{home / 'farm.sqlite'}"
    else:
        pattern: str = request.getfixturevalue("postgresql_url")
        template: str = request.getfixturevalue("postgresql_template")
        _statement(pattern, f"CREATE DATABASE made_up TEMPLATE {template}")
        url = pattern.format("made_up")
    farm = farm_at(home, redis_url, url)
    seed(farm, SHAPE)
    if request.param == "postgresql":
        with farm.db.engine.begin() as connection:
            connection.execute(text("ANALYZE"))  # or plans depend on when autovacuum comes by
    yield farm
    farm.db.dispose()


def machine(part: Part) -> MadeUpMachine:
    """The machine that plays a part."""
    return next(one for one in SHAPE.cast if one.part is part)
