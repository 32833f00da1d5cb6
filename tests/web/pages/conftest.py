"""A real app over a real SQLite farm."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from farm.farm import Farm
from farm.settings import Settings
from tests.web.pages.attesting import Attest
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed
from web import assets
from web.app import create_app


@pytest.fixture
def page_farm(tmp_path: Path, sqlite_template: Path) -> Iterator[Farm]:
    """A farm without a broker: pages must not need one."""
    shutil.copyfile(sqlite_template, tmp_path / "farm.sqlite")
    settings = Settings(
        home=tmp_path / "home",
        database_url=f"sqlite:///{tmp_path / 'farm.sqlite'}",
        redis_url=f"redis+socket://{tmp_path}/none",
        secret_key=SecretStr("test"),
        local_repositories=[tmp_path],
    )
    made = Farm(settings)
    yield made
    made.db.dispose()


@pytest.fixture
def seed(page_farm: Farm) -> Seed:
    """Fills the farm."""
    return Seed(page_farm)


@pytest.fixture
def attest(seed: Seed) -> Attest:
    """Fills the farm with appraisals."""
    return Attest(seed)


@pytest.fixture
def built_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for what Node makes, so that these tests need no Node."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "manifest.json").write_text('{"app.css": "app-0123456789.css"}')
    (tmp_path / "dist" / "app-0123456789.css").write_text("body{}")
    (tmp_path / "dist" / "app-0123456789.css.gz").write_bytes(b"packed")
    monkeypatch.setattr(assets, "DIST", tmp_path / "dist")
    return tmp_path / "dist"


@pytest.fixture
def browser(page_farm: Farm, built_assets: Path) -> Browser:
    """Nobody's browser, until it logs in."""
    return Browser(create_app(page_farm).test_client())


@pytest.fixture
def ada(browser: Browser, seed: Seed) -> Browser:
    """The browser of somebody who may do everything."""
    browser.log_in(seed.person())
    return browser
