"""A farm per test on each kind of database, and its queues."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from farm.farm import Farm
from farm.queue import broker_was_emptied
from tests.farm.farm_steps import Sent
from tests.template_databases import farm_at


@pytest.fixture
def farm(tmp_path: Path, redis_url: str, migrated_url: str) -> Iterator[Farm]:
    """A farm on each kind of database, allowed to use local repositories below `tmp_path`."""
    made = farm_at(tmp_path / "home", redis_url, migrated_url, local_repositories=[tmp_path])
    yield made
    made.db.dispose()


@pytest.fixture
def sent(farm: Farm) -> Iterator[Sent]:
    """What lies in the queues of a Redis that this test emptied first."""
    waiting = Sent(farm.settings.redis_url)
    waiting.forget()
    broker_was_emptied(farm.settings.redis_url)  # or the next pass sends everything twice, and rightly so
    yield waiting
    waiting.forget()
