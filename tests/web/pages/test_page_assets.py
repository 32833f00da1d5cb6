"""Built files: cached for ever, packed when the browser takes it, and a sentence when they are missing."""

from pathlib import Path

from tests.web.pages.page_browser import Browser

NAME = "/static/app-0123456789.css"


def test_a_page_links_the_hashed_name_which_may_be_kept_for_ever(browser: Browser) -> None:
    assert NAME in browser.get("/")
    answer = browser.client.get(NAME)
    assert answer.data == b"body{}"
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_browser_that_takes_gzip_gets_it(browser: Browser) -> None:
    answer = browser.client.get(NAME, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.data == b"packed"
    page = browser.client.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert page.data[:2] == b"\x1f\x8b"


def test_nothing_else_is_served(browser: Browser, built_assets: Path) -> None:
    for url in ("/static/manifest.json", "/static/../app.py", "/static/%2e%2e/app.css", "/static/app-0.css"):
        assert browser.client.get(url).status_code == 404


def test_without_built_files_every_page_says_what_to_do(browser: Browser, built_assets: Path) -> None:
    (built_assets / "manifest.json").unlink()
    for url in ("/", "/boots/1", "/login"):
        assert "make assets" in browser.get(url, 503)
    assert browser.client.get("/nowhere").status_code == 404
    assert browser.client.get("/api/v1/boots").status_code == 200
