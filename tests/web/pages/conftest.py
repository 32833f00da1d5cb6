"""A real app over a real SQLite farm, and a browser-like client that sends forms as a page would."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from farm.access import Caller
from farm.database import Base
from farm.farm import Farm
from farm.settings import Settings
from tests.web.pages.seeding import Seed
from web import assets
from web.app import create_app


@pytest.fixture()
def page_farm(tmp_path: Path) -> Iterator[Farm]:
    """A farm without a broker: pages must not need one."""
    settings = Settings(
        home=tmp_path / "home",
        redis_url=f"redis+socket://{tmp_path}/none",
        secret_key=SecretStr("test"),
        local_repositories=[tmp_path],
    )
    made = Farm(settings)
    Base.metadata.create_all(made.db.engine)
    yield made
    made.db.dispose()


@pytest.fixture()
def seed(page_farm: Farm) -> Seed:
    """Fills the farm."""
    return Seed(page_farm)


@pytest.fixture()
def built_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for what Node makes, so that these tests need no Node."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "manifest.json").write_text('{"app.css": "app-0123456789.css"}')
    (tmp_path / "dist" / "app-0123456789.css").write_text("body{}")
    (tmp_path / "dist" / "app-0123456789.css.gz").write_bytes(b"packed")
    monkeypatch.setattr(assets, "DIST", tmp_path / "dist")
    return tmp_path / "dist"


class Browser:
    """A client that reads pages as text and presses their buttons."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def log_in(self, who: Caller) -> None:
        """Open a session."""
        with self.client.session_transaction() as session:
            session["person"] = who.person_id

    def get(self, url: str, status: int = 200, fragment: bool = False) -> str:
        """A page's HTML."""
        answer = self.client.get(url, headers={"HX-Request": "true"} if fragment else {})
        assert answer.status_code == status, answer.text
        return answer.text

    def text(self, url: str, status: int = 200) -> str:
        """What a person reads on a page: no tags, single spaces."""
        return text_of(self.get(url, status))

    def post(self, page: str, action: str, **typed: object) -> TestResponse:
        """Send a form of a page, with the token that the page carries."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert found, f"{page} has no form for this person"
        return self.client.post(action, data={"csrf_token": found[1], **typed})


def text_of(page: str) -> str:
    """HTML as a person reads it."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", "", page, flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture()
def browser(page_farm: Farm, built_assets: Path) -> Browser:
    """Nobody's browser, until it logs in."""
    return Browser(create_app(page_farm).test_client())


@pytest.fixture()
def ada(browser: Browser, seed: Seed) -> Browser:
    """The browser of somebody who may do everything."""
    browser.log_in(seed.person())
    return browser
