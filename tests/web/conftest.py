"""The web application over a farm on each kind of database and with a real Redis, and callers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from farm import access
from farm.access import Scope
from farm.farm import Farm
from tests.template_databases import farm_at
from tests.web.api.api_caller import ApiCaller
from web.app import create_app


@pytest.fixture
def farm(tmp_path: Path, redis_url: str, migrated_url: str) -> Iterator[Farm]:
    """A farm with an admin, allowed to use local repositories below `tmp_path`."""
    made = farm_at(tmp_path / "home", redis_url, migrated_url, local_repositories=[tmp_path])
    yield made
    made.db.dispose()


@pytest.fixture
def app(farm: Farm) -> APIFlask:
    """The whole application."""
    return create_app(farm)


@pytest.fixture
def nobody(app: APIFlask) -> ApiCaller:
    """Somebody without token or session."""
    return ApiCaller(app.test_client())


def with_scope(app: APIFlask, farm: Farm, scope: Scope) -> ApiCaller:
    """A caller with a token of ada's that has one scope."""
    with farm.db.writing() as session:
        _, secret = access.create_token(session, access.ensure_person(session, "ada", []), scope, [scope])
    return ApiCaller(app.test_client(), secret)


@pytest.fixture
def reader(app: APIFlask, farm: Farm) -> ApiCaller:
    """May only read."""
    return with_scope(app, farm, Scope.READ)


@pytest.fixture
def engineer(app: APIFlask, farm: Farm) -> ApiCaller:
    """May submit."""
    return with_scope(app, farm, Scope.SUBMIT)


@pytest.fixture
def operator(app: APIFlask, farm: Farm) -> ApiCaller:
    """May add machines."""
    return with_scope(app, farm, Scope.OPERATE)


@pytest.fixture
def worker(app: APIFlask, farm: Farm) -> ApiCaller:
    """A lab host."""
    return with_scope(app, farm, Scope.WORKER)


@pytest.fixture
def chief(app: APIFlask, farm: Farm) -> ApiCaller:
    """May do everything that people may."""
    return with_scope(app, farm, Scope.ADMIN)
