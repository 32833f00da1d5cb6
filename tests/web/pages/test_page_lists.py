"""Lists of boots, builds and submissions; the search box."""

import re

import pytest

from farm import policies
from farm.states import Cause, Verdict
from tests.web.pages.attesting import Attest
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import COMMIT, Seed


@pytest.mark.parametrize("url", ["/boots", "/builds", "/submissions"])
def test_an_empty_list_says_so_and_so_does_an_empty_filter(browser: Browser, url: str) -> None:
    assert "yet" in browser.text(url)
    assert "matches these filters" in browser.text(f"{url}?repository=none")


def test_filters_narrow_and_can_be_removed(browser: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.submission()
    seed.passed(number)
    seed.finished(seed.boot(number, state="running"), Verdict.FAIL, Cause.GUEST_EXIT, "exit 3")
    page = browser.get("/boots?verdict=fail&machine=qemu-1")
    assert "boot-2" in page
    assert 'id="boot-1"' not in page
    assert 'href="/boots?machine=qemu-1"' in page


def test_pages_follow_by_cursor(browser: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.submission()
    for _ in range(3):
        seed.boot(number)
    page = browser.get("/boots?limit=2")
    assert "older ones follow" in page
    assert "cursor=2" in page
    assert "these are the oldest" in browser.get("/boots?limit=2&cursor=2")


@pytest.mark.parametrize("url", ["/policies", "/machines", "/machines/qemu-1", "/boots/boot-1"])
def test_no_page_ignores_what_it_does_not_know(browser: Browser, seed: Seed, url: str) -> None:
    seed.machine()
    seed.built(seed.submission())
    seed.passed(1)
    with seed.farm.db.writing() as session:
        policies.ensure_default(session)
    browser.get(url)
    assert 'There is no filter "zzz" here.' in browser.text(f"{url}?zzz=x", 400)


def test_an_unknown_filter_is_named(browser: Browser) -> None:
    assert 'The filter "machin"' in browser.text("/boots?machin=x", 400)


def test_a_commit_that_was_never_submitted_offers_to(browser: Browser, seed: Seed) -> None:
    answer = browser.client.get("/commits/abcdef12")
    assert "was never submitted" in browser.text(answer.headers["Location"])


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("boot-1", "/boots/boot-1"),
        ("12", "/boots/boot-12"),
        ("submission-3", "/submissions/submission-3"),
        (COMMIT[:12], f"/submissions?commit={COMMIT[:12]}"),
        ("a" * 64, f"/boots?image={'a' * 64}"),
        ("qemu-1", "/machines/qemu-1"),
        ("runtime", "/submissions?repository=runtime"),
    ],
)
def test_search_goes_straight_there(browser: Browser, seed: Seed, words: str, where: str) -> None:
    seed.machine()
    seed.submission()
    assert browser.client.get("/search", query_string={"q": words}).headers["Location"] == where


def test_search_for_nothing_known_says_so(browser: Browser) -> None:
    assert "Nothing is called" in browser.text("/search?q=zebra%20stripes", 404)


def test_each_boot_of_a_list_has_its_tier_beside_its_verdict(browser: Browser, seed: Seed, attest: Attest) -> None:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    attest.boot(number)
    attest.boot(number, "contraindicated", failed="binding-pcr4")
    attest.boot(number, "none", outcome="error")
    seed.passed(number)
    seed.finished(seed.boot(number, state="running"), Verdict.INFRA, Cause.POWER_FAILED, "no power")
    for url in ("/", "/boots", "/machines/qemu-1"):
        rows = re.findall(r'<td class="fix"><a class="id" id="(boot-\d)".*?</tr>', browser.get(url), re.S)
        assert rows == ["boot-5", "boot-4", "boot-3", "boot-2", "boot-1"], url
        shown = browser.text(url)
        for told in ("boot-1 pass affirming", "boot-2 pass contraindicated", "boot-3 pass verifier error"):
            assert told in shown, url
        assert "boot-4 pass no evidence" in shown
        assert "boot-5 infra power-failed e0aa" in shown, "it never came so far"
    assert "1 affirming 1 contraindicated 1 verifier error 1 no evidence" in browser.text("/machines/qemu-1")
