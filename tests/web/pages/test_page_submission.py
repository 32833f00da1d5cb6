"""The page of a submission."""

from farm.states import Cause, Verdict
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def test_boots_are_a_table_of_machine_and_firmware(browser: Browser, seed: Seed) -> None:
    seed.machine()
    seed.machine("qemu-2")
    number = seed.submission(plan="schema = 1\n", warnings="CFG011 firmware is old", note="please look")
    seed.built(number)
    seed.passed(number, "qemu-1", "ovmf")
    seed.passed(number, "qemu-2", "ovmf-secure")
    page = browser.get(f"/submissions/submission-{number}")
    assert '<th scope="row">qemu-2</th>' in page
    assert '<th scope="col">ovmf-secure</th>' in page
    shown = browser.text(f"/submissions/submission-{number}")
    for words in ("All 2 boots passed.", "CFG011 firmware is old", "please look", "schema = 1", "build-1 finished"):
        assert words in shown


def test_the_sentence_counts_what_came_of_the_boots(ada: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.submission()
    seed.passed(number)
    seed.finished(seed.boot(number, state="running"), Verdict.INFRA, Cause.POWER_FAILED, "x")
    page = f"/submissions/submission-{number}"
    assert "Of 2 boots, 1 passed and 1 ended by a fault of the farm." in ada.text(page)
    assert ada.post(page, f"{page}/rerun", only="infra").status_code == 303
    assert "1 waiting" in ada.text(page)
    assert ada.post(page, f"{page}/cancel").status_code == 303
    assert "1 cancelled" in ada.text(page)


def test_without_boots_it_says_so(browser: Browser, seed: Seed) -> None:
    number = seed.submission()
    assert "It has no boots." in browser.text(f"/submissions/{number}")


def test_a_verdict_that_nobody_has_heard_of_is_refused(ada: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.submission()
    seed.passed(number)
    answer = ada.post(f"/submissions/{number}", f"/submissions/{number}/rerun", only="purple")
    assert answer.status_code == 400


def test_the_timeline_shows_attempts_that_the_farm_lost(ada: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    lost = seed.finished(seed.boot(number, state="running"), Verdict.INFRA, Cause.POWER_FAILED, "BMC timeout")
    ada.post(f"/boots/boot-{lost}", f"/boots/boot-{lost}/rerun")
    shown = ada.text(f"/submissions/{number}")
    assert f"boot-{lost} on qemu-1 started" in shown
    assert f"boot-{lost} on qemu-1 finished: power-failed" in shown
