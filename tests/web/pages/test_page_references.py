"""Reference values: who decided what and why, who may decide, and which boots counted on one."""

import pytest

from farm import machines
from farm.access import Scope
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.references import Reference, ReferenceKind, lines, rules, states
from farm.repositories import Repository
from tests.web.pages.attesting import Attest, digest
from tests.web.pages.page_browser import Browser, text_of
from tests.web.pages.seeding import Seed


def built(seed: Seed) -> int:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    return number


def test_without_values_the_page_says_where_they_come_from(browser: Browser) -> None:
    shown = browser.text("/refs")
    assert "The farm knows no value yet." in shown
    assert "approve from that good boot" in shown


def test_a_thousand_values_are_counted_and_no_more(
    browser: Browser, attest: Attest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word in ("one", "two", "three"):
        attest.reference(word)
    attest.reference("four", ReferenceState.RETIRED)
    assert "3 wait for a decision, 1 retired." in browser.text("/refs")
    monkeypatch.setattr(lines, "COUNTED", 2)
    assert "more than 2 wait for a decision, 1 retired." in browser.text("/refs")


def test_values_are_listed_with_their_state_origin_and_who_decided(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    built(seed)
    attest.reference(build_id=1)
    attest.reference(
        "pcr0", ReferenceState.APPROVED, kind=ReferenceKind.FIRMWARE, pcr=0, firmware="ovmf-2025", machine_id=1
    )
    shown = browser.text("/refs")
    assert "1 wait for a decision, 1 approved." in shown
    assert "build-1 of runtime e0aa41c7be" in shown
    assert "PCR 0 of ovmf-2025 on qemu-1" in shown
    only = browser.text("/refs?state=pending&kind=image")
    assert digest("image 1")[:10] in only
    assert "PCR 0" not in only


def test_a_wrong_filter_is_refused_by_name(browser: Browser) -> None:
    assert '"good" is no state.' in browser.text("/refs?state=good", 400)
    assert '"x" is no number.' in browser.text("/refs?cursor=x", 400)
    assert 'no filter "state"' in browser.text("/refs/1?state=pending", 400)
    assert "There is no reference value 99999999999999999999." in browser.text("/refs/99999999999999999999", 404)


def test_a_decision_needs_the_scope_and_a_reason(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.reference()
    assert "/state" not in browser.get("/refs")
    browser.log_in(seed.person("eve", Scope.OPERATE))
    assert 'needs the scope "attest-approve", which eve does not have' in browser.text("/refs")
    refused = browser.post("/me/tokens", f"/refs/{number}/state", state="approved", reason="fine")
    assert refused.status_code == 403
    browser.log_in(seed.person("sol", Scope.ATTEST_APPROVE))
    assert browser.post("/refs", f"/refs/{number}/state", state="approved", reason=" ", seen=1).status_code == 400
    assert browser.post("/refs", f"/refs/{number}/state", state="maybe", reason="fine").status_code == 400
    answer = browser.post("/refs", f"/refs/{number}/state", state="approved", reason="reviewed", back="/refs", seen=1)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/refs")
    shown = browser.text(f"/refs/{number}")
    assert "reviewed" in shown
    assert "sol" in shown
    assert browser.post("/refs", f"/refs/{number}/state", state="approved", reason="again", seen=2).status_code == 409


def test_a_decision_that_one_never_saw_is_not_overwritten(ada: Browser, attest: Attest, page_farm: Farm) -> None:
    number = attest.reference()
    assert 'name="seen" value="1"' in ada.get(f"/refs/{number}")
    assert 'name="seen" value="1"' in ada.get("/refs")
    with page_farm.db.writing() as session:
        found = states.reference(session, number)
        states.decide(session, found, ReferenceState.DENIED, by="bob", why="it is malware")
    for seen in ("1", "", "x"):
        answer = ada.post("/refs", f"/refs/{number}/state", state="approved", reason="looks fine", seen=seen)
        assert answer.status_code == 412
        shown = text_of(answer.text)
        assert "Reference value 1 has changed since you saw it: bob made it denied at" in shown
        assert "because: it is malware" in shown
        assert "what you sent was approved , because: looks fine" in shown
        assert 'value="looks fine"' in answer.text
        assert 'name="seen" value="2"' in answer.text
    with page_farm.db.reading() as session:
        assert states.reference(session, number).state == ReferenceState.DENIED
    again = ada.post(f"/refs/{number}", f"/refs/{number}/state", state="approved", reason="it is ours", seen=2)
    assert again.status_code == 303


def test_a_form_sends_nobody_elsewhere(ada: Browser, attest: Attest, page_farm: Farm) -> None:
    number = attest.reference()
    for back in ("https://example.org/refs", "//example.org", "/refs//example.org", "/login?next=x"):
        with page_farm.db.reading() as session:
            seen = states.newest(session, states.reference(session, number)).id
        answer = ada.post("/refs", f"/refs/{number}/state", state="approved", reason="fine", back=back, seen=seen)
        assert answer.headers["Location"] == f"/refs/{number}"
        ada.post("/refs", f"/refs/{number}/state", state="pending", reason="again", seen=seen + 1)


def test_without_the_token_of_a_session_nothing_is_decided(ada: Browser, attest: Attest, page_farm: Farm) -> None:
    number = attest.reference()
    answer = ada.client.post(f"/refs/{number}/state", data={"state": "approved", "reason": "forged"})
    assert answer.status_code == 400
    with page_farm.db.reading() as session:
        assert session.get_one(Reference, number).state == ReferenceState.PENDING


def test_one_value_names_the_boots_that_counted_on_it(browser: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    number = attest.reference(state=ReferenceState.RETIRED)
    for _ in range(52):
        last = attest.boot(submission, "warning", failed="image", relied=(number,))
    page = browser.get(f"/refs/{number}")
    assert f"/boots/boot-{last}" in page
    assert "50 appraisals, the newest first; older ones follow" in page
    older = page.split("Older appraisals")[0].rsplit('href="', 1)[1].split('"')[0]
    assert "boot-1" in browser.text(older)
    assert "2 appraisals" in browser.text(older)
    assert browser.text("/refs/99", 404)


def test_a_good_boot_approves_what_it_met_and_a_bad_one_does_not(ada: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    number = attest.reference()
    good = attest.boot(submission, "warning", failed="image", relied=(number,))
    bad = attest.boot(submission, "contraindicated", failed="signature", relied=(number,))
    refused = ada.post("/refs", "/refs/from-boot", boot=f"boot-{bad}", reason="looks fine")
    assert refused.status_code == 409
    assert "its values prove nothing" in refused.text
    assert ada.post("/refs", "/refs/from-boot", boot=f"boot-{good}", reason="first boot").status_code == 303
    assert f"From boot-{good}: first boot" in ada.text(f"/refs/{number}")


def test_standing_approvals_are_shown_and_end(ada: Browser, seed: Seed, page_farm: Farm) -> None:
    built(seed)
    with page_farm.db.writing() as session:
        rules.trust_builds(session, session.query(Repository).one().id, by="ada", why="our own code")
        rules.trust_first_use(session, machines.ensure_lab(session, "local").id, by="ada", why="our own host")
    assert "Images built of runtime ada, " in ada.text("/refs")
    assert "Firmware of virtual machines of lab local, as first seen" in ada.text("/refs")
    refused = ada.post("/refs", "/refs/rules/1/end", reason=" ")
    assert (refused.status_code, "ends for a reason" in refused.text) == (400, True)
    assert ada.post("/refs", "/refs/rules/1/end", reason="<b>left</b>").status_code == 303
    shown = ada.text("/refs")
    assert "Images built of runtime, from" in shown
    assert "by ada: <b>left</b>" in shown
    assert "None: every value waits" not in shown
    assert ada.post("/refs", "/refs/rules/2/end", reason="over").status_code == 303
    assert "None: every value waits for somebody." in ada.text("/refs")
