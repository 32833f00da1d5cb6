"""Policies: versions, what differs, mistakes at their line and column, and the dry run over the history."""

import pytest

from farm import artifacts, evidence, policies, wire
from farm.access import Scope
from farm.database import now
from farm.farm import Farm
from tests.web.pages.page_browser import Browser, text_of
from tests.web.pages.seeding import Seed
from web.places import PLACES, Places

BODY = 'name = "release"\nrequire = "warning"\n'


@pytest.fixture
def default(page_farm: Farm) -> None:
    with page_farm.db.writing() as session:
        policies.ensure_default(session)


def left_evidence(farm: Farm, boot: int) -> None:
    """Evidence that no verifier accepts."""
    stored = farm.artifacts.put_bytes(b"CATT1")
    with farm.db.writing() as session:
        artifacts.record(session, stored, 5, now())
        file = wire.EvidenceFile(name="citadel-attest.bin", source=wire.EvidenceSource.ESP, digest=stored, size=5)
        evidence.record(session, boot, [file])


@pytest.mark.usefixtures("default")
def test_policies_and_versions_are_listed_with_what_differs(ada: Browser) -> None:
    assert "default 1" in ada.text("/policies")
    assert ada.post("/policies", "/policies", body=BODY.replace("\n", "\r\n")).status_code == 303
    again = ada.post("/policies", "/policies", body=BODY.replace("warning", "affirming"))
    page = ada.get(again.headers["Location"])
    assert "release version 2" in text_of(page)
    assert "<del>-require = &#34;warning&#34;</del>" in page
    assert "<ins>+require = &#34;affirming&#34;</ins>" in page
    old = ada.text("/policies/2")
    assert "replaced" in old
    assert "It is the first version" in old
    assert "From version 2 to this one" in ada.text("/policies/2?against=2")
    assert "release has no version 7" in ada.text("/policies/2?against=7", 400)
    ada.get("/policies/99", 404)


@pytest.mark.usefixtures("default")
def test_a_mistake_is_shown_at_its_line_and_column_and_the_text_is_kept(ada: Browser) -> None:
    answer = ada.post("/policies", "/policies", body='name = "release"\nrequire = "affirmin"\n')
    assert answer.status_code == 400
    shown = text_of(answer.text)
    assert "2:11" in shown
    assert "affirmin&#34;\n</textarea>" in answer.text
    assert ada.post("/policies", "/policies", body="x" * 70000).status_code == 400


@pytest.mark.usefixtures("default")
def test_only_who_may_adds_but_everybody_who_is_known_may_try(browser: Browser, seed: Seed) -> None:
    assert 'Log in with the scope "attest-approve" first.' in browser.text("/policies")
    assert browser.post("/policies", "/policies", body=BODY, dry="1").status_code == 401
    browser.get("/policies/1?dry=1", 401)
    assert "Log in first." in browser.text("/policies/1")
    browser.log_in(seed.person("eve", Scope.OPERATE))
    assert browser.post("/policies", "/policies", body=BODY).status_code == 403
    assert browser.post("/policies", "/policies", body=BODY, dry="1").status_code == 200
    assert "release" not in browser.text("/policies").split("A new policy")[0]


@pytest.mark.usefixtures("default")
def test_the_dry_run_lists_the_boots_that_would_change_and_writes_nothing(
    ada: Browser, seed: Seed, page_farm: Farm
) -> None:
    assert "No boot with evidence" in ada.text("/policies/1?dry=1")
    seed.machine()
    submission = seed.submission()
    seed.built(submission)
    number = seed.passed(submission)
    left_evidence(page_farm, number)
    shown = ada.text("/policies/1?dry=1")
    assert "Of 1 boot that were judged again, 1 boot would change" in shown
    assert f"boot-{number} qemu-1 no evidence contraindicated structure" in shown
    assert "no appraisal was made under it yet" in ada.text("/policies/1")


@pytest.mark.usefixtures("default")
def test_dry_runs_leave_threads_for_pages(ada: Browser) -> None:
    places: Places = ada.client.application.extensions[PLACES]
    places.free = 0
    assert "Too many" in ada.text("/policies/1?dry=1", 503)
    assert ada.post("/policies", "/policies", body=BODY, dry="1").status_code == 503
    ada.get("/policies/1")
    places.free = 1
    ada.get("/policies/1?dry=1")
    assert places.free == 1
