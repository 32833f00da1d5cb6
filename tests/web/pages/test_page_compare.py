"""Two boots side by side: only what differs, and what was compared where nothing does."""

import html
import re

from tests.web.pages.attesting import Attest, platform
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def built(seed: Seed) -> int:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    return number


def two(seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    attest.boot(submission, shown=platform((0, "firmware"), (4, "image")))
    attest.boot(
        submission, "contraindicated", failed="binding-pcr4", shown=platform((0, "firmware"), (4, "a | detour"))
    )
    seed.said("boot-1", b"starting Boot0001\r\n")
    seed.said("boot-2", b"Boot0001 failed, trying <b>|Boot0003\r\n")


def test_only_what_differs_is_shown_and_said_in_words(browser: Browser, seed: Seed, attest: Attest) -> None:
    two(seed, attest)
    page = browser.get("/compare?a=boot-1&b=2")
    shown = browser.text("/compare?a=boot-1&b=2")
    assert "Different: tier, enrolment, PCR4 platform, console." in shown
    assert "PCR 0" not in shown
    assert "Another program ran between firmware and the image, or instead of it." in shown
    assert "starting Boot0001" in shown
    assert "Boot0001 failed, trying <b>|Boot0003" in shown
    assert "/boots/boot-2/log/serial?line=" in page
    assert 'href="/compare?a=boot-2&amp;b=boot-1">Swap' in page


def test_the_copy_is_a_table_that_no_machine_can_break(browser: Browser, seed: Seed, attest: Attest) -> None:
    two(seed, attest)
    found = re.search(r'data-copy="(\| \|[^"]*)"', browser.get("/compare?a=1&b=2"))
    assert found
    table = html.unescape(found[1]).split("\n\n")[0].splitlines()
    assert table[0] == "| | a: boot-1 | b: boot-2 |"
    assert "| tier | affirming | contraindicated |" in table
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in table} == {4}
    assert "&lt;b>\\|Boot0003" in table[-1]


def test_nothing_differs_says_what_was_compared(browser: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    attest.boot(submission, shown=platform((0, "firmware")))
    attest.boot(submission, shown=platform((0, "firmware")))
    shown = browser.text("/compare?a=1&b=2")
    assert "Nothing differs. Compared: repository, commit, image, machine" in shown
    assert "1 PCRs" in shown


def test_a_side_without_evidence_is_named(browser: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    attest.boot(submission)
    seed.passed(submission)
    assert "b gave no evidence, so nothing that it measured is compared." in browser.text("/compare?a=1&b=2")


def test_without_two_boots_the_page_asks_for_them(browser: Browser, seed: Seed) -> None:
    seed.passed(built(seed))
    assert "Name two boots" in browser.text("/compare")
    assert "boot-1 is the same on both sides" in browser.text("/compare?a=1&b=boot-1", 400)
    browser.get("/compare?a=1&b=77", 404)
    browser.get("/compare?a=1&c=2", 400)
