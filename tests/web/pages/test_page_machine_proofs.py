"""A machine's PCR timeline and its platform key; and what of it the overview says."""

from datetime import timedelta

from farm.access import Scope
from farm.changes import ChangeCause, ChangeKind
from farm.database import now
from farm.pcrs import PcrSource
from farm.states import Cause, Verdict
from tests.web.pages.attesting import Attest, digest, platform
from tests.web.pages.page_browser import Browser, text_of
from tests.web.pages.seeding import Seed


def built(seed: Seed) -> int:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    return number


def test_a_lane_has_a_block_for_each_value_and_a_table_that_says_the_same(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    submission = built(seed)
    for days, word in ((9, "old"), (6, "old"), (3, "new")):
        attest.boot(submission, shown=platform((0, word), (2, "same")), at=now() - timedelta(days=days))
    attest.boot(submission, shown=platform((4, "seen"), source=PcrSource.HOST))
    values = (digest("old"), digest("new"))
    attest.changed(2, 3, kind=ChangeKind.PCR, what="PCR0 platform", values=values, cause=ChangeCause.FIRMWARE)
    names = {"kind": ChangeKind.FIRMWARE, "what": "firmware", "values": ("1.12", "1.14"), "worse": False}
    attest.changed(2, 3, cause=ChangeCause.FIRMWARE, ago=timedelta(days=3), **names)  # type: ignore[arg-type]
    page = browser.get("/machines/qemu-1")
    lane = page.split('class="lane"')[1]
    assert lane.count("<rect") == 2
    assert 'aria-label="PCR 0: 2 stretches, now ' + digest("new")[:10] in lane
    assert "<path" in lane
    assert "firmware, not acknowledged" in text_of(lane)
    assert f"{digest('old')} boot-1 9 d ago boot-2 6 d ago 2" in text_of(lane)
    assert "firmware changed 3 d ago in boot-3" in text_of(page)
    assert "As the lab host read them: its own word, signed by no TPM" in text_of(page)
    assert not [part for part in page.split("<rect")[1:] if "style=" in part.split(">")[0]]


def test_the_times_of_the_timeline_are_fields(browser: Browser, seed: Seed, attest: Attest) -> None:
    attest.boot(built(seed), shown=platform((0, "old")), at=now() - timedelta(days=40))
    assert "It has shown no PCR value in the last fortnight." in browser.text("/machines/qemu-1")
    assert "PCR 0" in browser.text("/machines/qemu-1?since=60d")
    assert "No PCR value between these times." in browser.text("/machines/qemu-1?since=60d&until=50d")
    assert "is no time" in browser.text("/machines/qemu-1?since=often", 400)


def test_the_key_is_shown_and_ends_with_a_reason(browser: Browser, seed: Seed, attest: Attest) -> None:
    seed.machine()
    assert "It has no platform key, so its evidence is a warning at best." in browser.text("/machines/qemu-1")
    attest.enrolled()
    shown = browser.text("/machines/qemu-1")
    assert "root on that host can forge what the TPM says" in shown
    assert "by worker lab-1" in shown
    browser.log_in(seed.person("eve", Scope.OPERATE))
    end = "/machines/qemu-1/enrolment/end"
    assert browser.post("/me/tokens", end, reason="moved").status_code == 403
    browser.log_in(seed.person("sol", Scope.ATTEST_APPROVE))
    assert browser.post("/machines/qemu-1", end, reason=" ", seen=1).status_code == 400
    stale = browser.post("/machines/qemu-1", end, reason="moved to another host", seen=9)
    assert (stale.status_code, "qemu-1 has another platform key since you looked" in stale.text) == (412, True)
    assert 'name="seen" value="1"' in browser.get("/machines/qemu-1")
    assert browser.post("/machines/qemu-1", end, reason="moved to another host", seen=1).status_code == 303
    assert "ended just now by sol: moved to another host" in browser.text("/machines/qemu-1")


def test_the_machine_says_where_it_stands(browser: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    assert "never attested" in browser.text("/machines/qemu-1")
    attest.boot(submission, "warning", failed="binding")
    assert 'class="tier is-warning big"' in browser.get("/machines/qemu-1")


def bar(browser: Browser) -> str:
    """What a person reads of the first branch on the overview."""
    return text_of(browser.get("/").split('<table class="grid strips">')[1].split("</table>")[0]).strip()


def test_the_overview_shows_how_each_commit_booted_and_its_worst_tier(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    assert "Branches" not in browser.text("/")
    submission = built(seed)
    assert bar(browser) == "runtime main e0aa waiting"
    seed.machine("qemu-2")
    running = seed.boot(submission, state="running")
    assert bar(browser) == "runtime main e0aa running 0 of 1 boot ended"
    assert "worst tier" not in browser.text("/"), "without evidence there is no strip of tiers"
    seed.finished(running, Verdict.FAIL, Cause.MARKER_MISSING)
    assert bar(browser) == "runtime main e0aa fail 1 boot, the last just now"
    attest.boot(submission)
    number = attest.boot(submission, "warning", machine="qemu-2", failed="binding")
    assert bar(browser) == "runtime main e0aa fail W warning 3 boots, the last just now"
    attest.appraised(number)
    assert bar(browser) == "runtime main e0aa fail A affirming 3 boots, the last just now"
    assert "how the last commits booted, and under it the worst tier of each" in browser.text("/")


def test_the_overview_needs_somebody_for_what_nothing_explains(ada: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    seed.machine("qemu-2")
    for machine in ("qemu-1", "qemu-1", "qemu-2", "qemu-2"):
        attest.boot(submission, machine=machine)
    number = attest.changed(1, 2)
    for turn in range(4):
        pcr = {"kind": ChangeKind.PCR, "what": "PCR1 platform", "worse": False}
        attest.changed(3, 4, values=(digest(f"{turn}"), digest(f"{turn + 1}")), **pcr)  # type: ignore[arg-type]
    attest.changed(3, 4, kind=ChangeKind.IMAGE, what="image", cause=ChangeCause.IMAGE, worse=False)
    shown = ada.text("/")
    assert "Needs you contraindicated qemu-1 tier changed, the last in boot-2 of e0aa, cause unexplained" in shown
    assert "qemu-2 PCR1 platform 4 times changed" in shown
    ada.post("/attest?view=changes", f"/attest/changes/{number}/acknowledge", reason="a new loader")
    assert "contraindicated qemu-1" not in ada.text("/")
