"""The page of a boot in each of its states, and its buttons."""

from datetime import UTC, datetime

from farm import artifacts, boots, wire
from farm.access import Scope
from farm.farm import Farm
from farm.states import Cause, Verdict
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import LINES, Seed


def running(seed: Seed) -> int:
    seed.machine()
    return seed.boot(seed.submission(), state="running")


def test_a_pass_says_how_long_it_took_and_where_its_line_came(browser: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    seed.passed(number)
    second = seed.passed(number)
    shown = browser.text(f"/boots/boot-{second}")
    assert "than the last good boot" in shown or "just as fast as" in shown
    assert "RUNTIME READY line 3" in shown
    assert "Last good boot-1" in shown
    assert "fix serial framing" in shown


def test_a_failure_quotes_its_cause_and_links_to_the_line(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    seed.said(f"boot-{number}", LINES + b"panicked at src/main.rs:1\r\n")
    case = wire.Case(name="forbid 1", met=True, kind="forbid", text="panicked at", offset=len(LINES) + 3)
    seed.finished(number, Verdict.FAIL, Cause.GUEST_PANIC, 'The console says "panicked at".', cases=[case])
    page = browser.get(f"/boots/boot-{number}")
    assert f"/boots/boot-{number}/log/serial?line=4#L4" in page
    assert "/help/reasons/guest-panic" in page
    assert "forbidden: forbid 1" in page
    assert "hx-get" not in page.split('id="progress"')[0].split('id="state"')[1]


def test_a_fault_of_the_farm_says_whose_fault_it_is(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    seed.finished(number, Verdict.INFRA, Cause.POWER_FAILED, "BMC timeout on power-on")
    shown = browser.text(f"/boots/boot-{number}")
    assert "BMC timeout on power-on; not the commit's fault." in shown
    assert "our fault, not yours" in shown


def test_a_silent_machine_says_since_when_it_is_on(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    assert "No serial byte yet; powered on" in browser.text(f"/boots/boot-{number}")


def test_an_unfinished_boot_polls_and_reloads_without_script(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    page = browser.get(f"/boots/boot-{number}")
    assert 'hx-trigger="every 2s, refresh"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    part = browser.get(f"/boots/boot-{number}", fragment=True)
    assert "hx-swap-oob" in part
    assert "data-stream" not in part


def test_the_live_stream_goes_on_at_the_begin_of_an_unfinished_line(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    seed.said(f"boot-{number}", b"one\r\ntwo with no e")
    page = browser.get(f"/boots/boot-{number}")
    assert 'data-from="5"' in page
    seed.said(f"boot-{number}", b"nd\r\n")
    assert 'data-from="22"' in browser.get(f"/boots/boot-{number}")


def test_a_boot_that_cant_start_says_why(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    seed.machine()
    number = seed.boot(seed.submission())
    with page_farm.db.writing() as session:
        found = boots.boot(session, number)
        found.cant_start, found.waiting_reason = True, "qemu-1: out of service: no power"
    shown = browser.text(f"/boots/boot-{number}")
    assert "can't start" in shown
    assert "qemu-1: out of service: no power" in shown


def test_attempts_are_tabs_and_only_the_last_runs_again(ada: Browser, seed: Seed) -> None:
    number = running(seed)
    seed.finished(number, Verdict.INFRA, Cause.POWER_FAILED, "BMC timeout")
    answer = ada.post(f"/boots/boot-{number}", f"/boots/boot-{number}/rerun")
    assert answer.status_code == 303
    again = answer.headers["Location"]
    assert "Attempt 1" in ada.text(again)
    assert "Attempt 2" in ada.text(again)
    assert "/rerun" not in ada.get(f"/boots/boot-{number}")


def test_cancelling_goes_back_to_the_page_which_says_so(ada: Browser, seed: Seed) -> None:
    number = running(seed)
    assert ada.post(f"/boots/boot-{number}", f"/boots/boot-{number}/cancel").status_code == 303
    assert "Asked to stop" in ada.text(f"/boots/boot-{number}")


def test_who_may_not_sees_a_disabled_button_with_the_reason(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    page = browser.get(f"/boots/boot-{number}")
    assert f"/boots/boot-{number}/cancel" not in page
    assert 'Log in with the scope "submit" first.' in browser.text(f"/boots/boot-{number}")
    browser.log_in(seed.person("reader", Scope.READ))
    assert "which reader does not have here" in browser.text(f"/boots/boot-{number}")


def test_times_are_shown_as_asked(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    seed.farm.consoles.stream(f"boot-{number}", "serial").append(
        0, b"hi\r\n", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    assert "03:04:05.000" in browser.text(f"/boots/boot-{number}?time=wall")
    assert "+0.000" in browser.text(f"/boots/boot-{number}")
    assert "+0.000" not in browser.text(f"/boots/boot-{number}?time=none")


def test_an_unknown_boot_is_a_page_that_says_what_to_do(browser: Browser) -> None:
    assert "There is no boot-99." in browser.text("/boots/boot-99", 404)
    assert "not the id of a boot" in browser.text("/boots/build-1", 400)


def test_a_boot_that_the_farm_lost_has_no_red_expectation(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    cases = [
        wire.Case(name="line 1", met=False, kind="expect", text="RUNTIME READY"),
        wire.Case(name="forbid 1", met=False, kind="forbid", text="panicked at"),
        wire.Case(name="exit", met=False, kind="exit", text="exit 0"),
    ]
    seed.finished(number, Verdict.INFRA, Cause.POWER_FAILED, "BMC timeout", cases=cases)
    shown = browser.get(f"/boots/boot-{number}").split('aria-label="Expectations"')[1].split("</section>")[0]
    assert shown.count(">not reached</span>") == 6  # for the eye and for screen readers
    assert "is-fail" not in shown
    assert "is-pass" not in shown


def test_a_running_boot_marks_what_its_plan_looks_for(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    number = running(seed)
    markers = [
        {"name": "line 1", "kind": "expect", "text": "READY"},
        {"name": "forbid 1", "kind": "forbid", "text": "panicked at"},
    ]
    with page_farm.db.writing() as session:
        boots.boot(session, number).expectations = {"markers": markers}
    seed.said(f"boot-{number}", b"hello\r\n\x1b[1mREADY\x1b[0m\r\nREADY panicked at\r\n")
    page = browser.get(f"/boots/boot-{number}")
    assert 'class="line hit is-pass" id="L2"' in page
    assert 'class="line hit is-fail" id="L3"' in page
    assert 'class="line" id="L1"' in page


def test_timings_are_a_small_table_and_evidence_can_be_downloaded(browser: Browser, seed: Seed) -> None:
    number = running(seed)
    digest = seed.farm.artifacts.put_bytes(b"CATT1")
    with seed.farm.db.writing() as session:
        artifacts.record(session, digest, 5, datetime.now(UTC))
    found = wire.EvidenceFile(name="citadel-attest.bin", source=wire.EvidenceSource.ESP, digest=digest, size=5)
    timings = [wire.Timing(name=name, microseconds=count) for name, count in (("heap", 812), ("quote", 57_040))]
    seed.finished(number, timings=timings, evidence=[found])
    shown = browser.text(f"/boots/boot-{number}")
    assert "heap 812 us quote 57.0 ms" in shown
    assert "citadel-attest.bin 5 B from the boot medium" in shown
    assert f"/api/v1/boots/boot-{number}/evidence/esp/citadel-attest.bin" in browser.get(f"/boots/boot-{number}")


def test_a_boot_without_timings_and_evidence_shows_neither(browser: Browser, seed: Seed) -> None:
    shown = browser.text(f"/boots/boot-{seed.finished(running(seed))}")
    assert "Timings" not in shown
    assert "Evidence" not in shown
