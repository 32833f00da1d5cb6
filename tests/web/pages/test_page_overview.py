"""The overview: full, empty, in trouble, and how much it asks of the database."""

import re
from datetime import timedelta

from farm import boots, machines
from farm.appraisals import owed
from farm.changes import ChangeCause, ChangeKind, acknowledge
from farm.database import now
from farm.farm import Farm
from farm.states import Cause, Verdict
from tests.web.pages.attesting import Attest
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def test_an_empty_farm_shows_the_three_steps_to_a_first_boot(browser: Browser) -> None:
    shown = browser.text("/")
    for step in ("Connect a repository", "Add a machine", "Boot something"):
        assert step in shown
    assert "0 waiting" in shown


def test_running_and_recent_boots_are_shown_with_their_last_line_and_subject(browser: Browser, seed: Seed) -> None:
    seed.machine()
    seed.machine("qemu-2")
    number = seed.submission("load guest from the ESP")
    seed.built(number)
    seed.passed(number)
    running = seed.boot(number, "qemu-2", state="running")
    seed.said(f"boot-{running}", b"vTPM up, 24 PCRs\r\n\r\n")
    shown = browser.text("/")
    assert "vTPM up, 24 PCRs" in shown
    assert "load guest from the ESP" in shown
    assert "1 idle 1 leased 0 bad 0 offline" in shown
    assert "Needs you" not in shown


def test_evidence_that_the_verifier_fails_on_again_and_again_is_our_fault_and_needs_a_person(
    browser: Browser, seed: Seed, attest: Attest, page_farm: Farm
) -> None:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    assert "Verifier 0 owed" in browser.text("/")
    boots_of = [attest.boot(number, "none", outcome="error") for _ in range(7)]
    with page_farm.db.writing() as session:
        for boot in boots_of:
            owed.owe(session, boot, "ValueError: odd")
    shown = browser.text("/")
    assert "7 owed, oldest" in shown
    assert "Needs you" not in shown, "it may be a fault that passes"
    with page_farm.db.writing() as session:
        for boot in boots_of:
            for _ in range(owed.STUBBORN - 1):
                owed.put_off(session, boot, "ValueError: odd")
    shown = browser.text("/")
    assert f"verifier error boot-{boots_of[0]} the verifier failed on it 4 times, which is our fault" in shown
    assert f"boot-{boots_of[5]} the verifier" not in shown
    assert "bootfarm attest owed lists all 7 that are owed." in shown


def test_what_needs_a_person_stands_first_with_its_reason(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    seed.machine()
    seed.machine("qemu-2")
    stuck = seed.boot(seed.submission(), "qemu-2")
    with page_farm.db.writing() as session:
        machines.take_offline(session, machines.machine(session, "qemu-1"), "fan is broken")
        found = boots.boot(session, stuck)
        found.cant_start, found.waiting_reason = True, 'No machine matches "tag:x" any more.'
    shown = browser.text("/")
    assert "fan is broken" in shown
    assert 'No machine matches "tag:x" any more.' in shown
    assert shown.index("Needs you") < shown.index("Recent boots")


def test_many_machines_out_of_service_leave_room_for_the_rest(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    names = [f"qemu-{number}" for number in range(1, 13)]
    for name in names:
        seed.machine(name)
    with page_farm.db.writing() as session:
        for name in names:
            machines.take_offline(session, machines.machine(session, name), "moved to another rack")
    shown = browser.text("/")
    assert shown.count("moved to another rack") == 10
    assert "2 more machines out of service" in shown


def test_a_machine_that_is_contraindicated_since_a_new_commit_needs_somebody(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    seed.machine()
    submission = seed.submission()
    seed.built(submission)
    first, second = attest.boot(submission), attest.boot(submission, "contraindicated", failed="binding-pcr4")
    attest.changed(first, second, values=("affirming", "warning"), cause=ChangeCause.IMAGE)
    assert "Needs you" not in browser.text("/")
    attest.changed(first, second, cause=ChangeCause.IMAGE)
    shown = browser.text("/")
    assert "contraindicated qemu-1 tier changed, the last in boot-2 of e0aa, cause image" in shown
    attest.changed(first, second)
    assert "tier 2 times changed" in browser.text("/")


def test_firmware_that_nobody_has_acknowledged_is_one_line_for_all_machines(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    submission = seed.submission()
    seed.built(submission)
    for name in ("qemu-1", "qemu-2", "qemu-3"):
        seed.machine(name)
        before, after = (attest.boot(submission, machine=name) for _ in range(2))
        what = {"kind": ChangeKind.FIRMWARE, "what": "firmware", "cause": ChangeCause.FIRMWARE, "worse": False}
        number = attest.changed(before, after, values=("ovmf 1", "ovmf 2"), **what)  # type: ignore[arg-type]
        shown = browser.text("/")
        assert f"changed {name} firmware ovmf 1 to ovmf 2" in shown
    assert "ovmf 2, and other firmware on 2 more machines acknowledge" in shown
    assert "3 changes" in browser.text("/attest?view=changes&open=1&kind=firmware")
    with seed.farm.db.writing() as session:
        for one in range(number - 2, number + 1):
            acknowledge(session, one, by="sol", why="the update of Monday")
    assert "Needs you" not in browser.text("/")


def test_a_silent_worker_is_said_to_be_silent(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    seed.machine()
    with page_farm.db.writing() as session:
        for worker in machines.workers(session):
            worker.last_seen_at = now() - timedelta(minutes=7)
    assert "0/1 silent, last heard 7 min ago" in browser.text("/")


def test_a_fault_of_the_farm_is_not_shown_as_a_failure(browser: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.boot(seed.submission(), state="running")
    seed.finished(number, Verdict.INFRA, Cause.POWER_FAILED, "BMC timeout")
    page = browser.get("/")
    assert "power-failed" in page
    assert 'class="mark is-fail' not in page


def test_the_fragment_is_a_part_of_the_page_without_its_frame(browser: Browser, seed: Seed) -> None:
    part = browser.get("/", fragment=True)
    assert "<html" not in part
    assert 'id="now"' in part


def test_every_time_of_a_page_is_one_that_programs_read(ada: Browser) -> None:
    times = re.findall(r'<time [^>]*datetime="([^"]*)"', ada.get("/"))
    assert times
    for time in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
