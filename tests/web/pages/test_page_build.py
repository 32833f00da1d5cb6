"""The page of a build."""

from farm.states import Cause
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed

LOG = b"".join(b"   Compiling crate-%d\n" % n for n in range(20)) + b"error: no such thing\n  --> src/main.rs:4\n"


def test_a_pass_lists_what_was_made_with_its_digests(browser: Browser, seed: Seed) -> None:
    number = seed.built(seed.submission())
    page = browser.get(f"/builds/build-{number}")
    assert "runtime.efi" in page
    assert "Authenticode" in page
    assert f"/api/v1/builds/build-{number}/artifacts/runtime.efi" in page


def test_a_failure_quotes_the_first_error_and_links_to_its_line(browser: Browser, seed: Seed) -> None:
    number = seed.built(seed.submission(), Cause.BUILD_ERROR, error_line=21)
    seed.said(f"build-{number}", LOG, "build")
    page = browser.get(f"/builds/build-{number}")
    assert f"/builds/build-{number}/log/build?line=21#L21" in page
    assert "error: no such thing" in page
    assert "It made nothing." in page
    assert page.count('id="L21"') == 1
    assert page.count('href="/builds/build-1/log/build?line=21#L21"') == 3
    assert "&#34;L" not in page


def test_a_waiting_build_says_so_and_can_be_cancelled(ada: Browser, seed: Seed) -> None:
    seed.submission()
    assert "Waits for a builder; it is the next." in ada.text("/builds/build-1")
    assert ada.post("/builds/build-1", "/builds/build-1/cancel").status_code == 303
    assert "Cancelled by ada" in ada.text("/builds/build-1")


def test_an_unknown_build_is_not_found(browser: Browser) -> None:
    assert "There is no build-9." in browser.text("/builds/9", 404)
