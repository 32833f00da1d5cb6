"""The attestation explorer over a small history: each view, its filters, its empty states, and acknowledging."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from farm.access import Scope
from farm.changes import ChangeCause, ChangeKind
from farm.database import now
from tests.web.pages.attesting import Attest, digest
from tests.web.pages.page_browser import Browser, text_of
from tests.web.pages.seeding import Seed
from web.pages.words import rfc3339

OTHER = "d41c" * 10
VIEWS = ("matrix", "changes", "machines", "images", "timeline")


@pytest.fixture
def history(seed: Seed, attest: Attest) -> Attest:
    """Four machines and two commits: proven, refused, a fault of ours, and one that never gave evidence."""
    for name in ("nuc-07", "rack1-09", "rack1-10", "qemu-1"):
        seed.machine(name)
    first, second = seed.submission("one"), seed.submission("two", commit=OTHER)
    for number in (first, second):
        seed.built(number)
    for machine in ("nuc-07", "rack1-09", "rack1-10"):
        attest.boot(first, machine=machine)
    attest.boot(second, machine="nuc-07")
    attest.boot(second, "contraindicated", machine="rack1-09", failed="binding-pcr4")
    attest.boot(second, "none", machine="rack1-10", outcome="error")
    seed.passed(second, "qemu-1")
    return attest


def grid(page: str) -> list[str]:
    """Rows of the matrix as text."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    return [text_of(row).strip() for row in body.split("<tr>")[1:]]


def test_the_answer_stands_in_words_above_the_data(browser: Browser, history: Attest) -> None:
    shown = browser.text("/attest")
    assert "Now 1 of 4 machines is affirming. Not: rack1-09 (contraindicated, binding-pcr4, just now)" in shown
    assert "rack1-10 (verifier error, ours)" in shown
    assert "qemu-1 (never attested)" in shown


def test_the_matrix_has_two_letters_in_a_cell_and_scoped_headers(browser: Browser, history: Attest) -> None:
    page = browser.get("/attest?repository=runtime&branch=main")
    assert grid(page) == ["nuc-07 A p A p", "qemu-1 - p", "rack1-09 A p C p", "rack1-10 A p E p"]
    assert page.index(">e0aa</a>") < page.index(">d41c</a>")
    assert page.count('<th scope="row">') == 4
    assert page.count('<th scope="col"') == 3
    assert 'class="E" href="/boots/6"' in page


def test_the_matrix_as_it_was_leaves_out_what_came_later(browser: Browser, history: Attest) -> None:
    before = (now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    shown = browser.text(f"/attest?at={before}")
    assert "What the farm knew at" in shown
    assert "no machine matches" in shown


@pytest.mark.parametrize("view", VIEWS)
def test_a_farm_without_history_says_so_in_every_view(browser: Browser, view: str) -> None:
    page = browser.get(f"/attest?view={view}")
    assert 'class="empty"' in page
    assert "No machine matches these filters." in text_of(page)


@pytest.mark.parametrize("view", ["matrix", "changes", "machines", "timeline"])
def test_a_day_that_the_page_takes_is_taken_by_what_its_foot_names(
    browser: Browser, history: Attest, view: str
) -> None:
    foot = browser.get(f"/attest?view={view}&at=2020-01-01").split('class="foot"')[1]
    api = foot.split('<dt>API</dt><dd><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert "at=2020-01-01" in api
    assert browser.client.get(api).status_code == 200, api


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_names_its_command_and_its_route(browser: Browser, history: Attest, view: str) -> None:
    page = browser.get(f"/attest?view={view}")
    foot = page.split('class="foot"')[1]
    assert "<code>bootfarm " in foot
    api = foot.split('<dt>API</dt><dd><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert browser.client.get(api).status_code == 200, api


def test_exports_are_of_the_same_question(browser: Browser, history: Attest) -> None:
    page = browser.get("/attest?view=timeline&machine=rack1-09")
    url = page.split('">CSV</a>')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    answer = browser.client.get(url)
    assert answer.mimetype == "text/csv"
    assert answer.text.count("rack1-09") == 2
    assert "nuc-07" not in answer.text


def test_changes_have_a_cause_and_leave_out_what_a_new_image_explains(browser: Browser, history: Attest) -> None:
    history.changed(2, 5)
    values = (digest("a"), digest("b"))
    history.changed(2, 5, kind=ChangeKind.IMAGE, what="image", values=values, cause=ChangeCause.IMAGE, worse=False)
    shown = browser.text("/attest?view=changes")
    assert "rack1-09 tier" in shown
    assert "unexplained" in shown
    assert digest("a")[:10] not in shown
    assert "1 change, the newest first" in shown
    assert digest("a")[:10] in browser.text("/attest?view=changes&cause=image")
    assert "/compare?a=2&amp;b=5" in browser.get("/attest?view=changes")


def test_a_tier_is_never_hidden_whatever_its_cause(browser: Browser, history: Attest) -> None:
    history.changed(2, 5, cause=ChangeCause.IMAGE)
    values = (digest("a"), digest("b"))
    history.changed(2, 5, kind=ChangeKind.IMAGE, what="image", values=values, cause=ChangeCause.IMAGE, worse=False)
    for asked in ("", "&machine=rack1-09", "&worse=1", "&open=1", "&tier=contraindicated"):
        page = browser.get(f"/attest?view=changes{asked}")
        assert "1 change, the newest first" in text_of(page), asked
        assert "rack1-09 tier" in text_of(page)
        api = page.split('<dt>API</dt><dd><a href="')[1].split('"')[0].replace("&amp;", "&")
        assert [one["what"] for one in browser.client.get(api).json["items"]] == ["tier"], api  # type: ignore[index]
    assert "2 changes" in browser.text("/attest?view=changes&cause=image")


def test_all_changes_are_shown_to_who_asks_for_what_is_expected_too(browser: Browser, history: Attest) -> None:
    values = (digest("a"), digest("b"))
    pcr4 = {"kind": ChangeKind.PCR, "what": "PCR4 platform", "values": values, "worse": False}
    history.changed(2, 5, cause=ChangeCause.IMAGE, ago=timedelta(hours=2), **pcr4)  # type: ignore[arg-type]
    history.changed(2, 5, cause=ChangeCause.IMAGE, ago=timedelta(hours=1))
    for first in ("", "&first=1"):
        news = browser.get(f"/attest?view=changes{first}")
        assert "1 change," in text_of(news)
        assert "rack1-09 tier" in text_of(news), "a tier is news whatever its cause"
        assert "is left out, but never a tier" in text_of(news)
        link = news.split('">Show all</a>')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
        shown = browser.get(link)
        assert ("1 change," if first else "2 changes,") in text_of(shown)
        assert "rack1-09 PCR4 platform" in text_of(shown)
        assert "left out" not in text_of(shown)
        for page, what in ((news, "tier"), (shown, "PCR4 platform" if first else "tier")):
            api = page.split('<dt>API</dt><dd><a href="')[1].split('"')[0].replace("&amp;", "&")
            assert browser.client.get(api).json["items"][0]["what"] == what, api  # type: ignore[index]


def test_flaps_are_folded_and_can_be_unfolded(browser: Browser, history: Attest) -> None:
    one, other = digest("one"), digest("other")
    for turn in range(6):
        values = (one, other) if turn % 2 == 0 else (other, one)
        pcr = {"kind": ChangeKind.PCR, "what": "PCR1 platform", "worse": False}
        history.changed(1, 4, values=values, ago=timedelta(hours=6 - turn), **pcr)  # type: ignore[arg-type]
    page = browser.get("/attest?view=changes")
    assert "6 times since 6 h ago" in text_of(page)
    assert page.count('id="change-') == 6
    assert page.index("<details>") < page.index('id="change-')


def test_a_change_is_acknowledged_with_a_reason_by_who_may(browser: Browser, seed: Seed, history: Attest) -> None:
    number = history.changed(2, 5)
    assert f"/attest/changes/{number}/acknowledge" not in browser.get("/attest?view=changes")
    browser.log_in(seed.person("eve", Scope.OPERATE))
    answer = browser.post("/me/tokens", f"/attest/changes/{number}/acknowledge", reason="seen")
    assert answer.status_code == 403
    browser.log_in(seed.person("sol", Scope.ATTEST_APPROVE))
    page = "/attest?view=changes"
    assert browser.post(page, f"/attest/changes/{number}/acknowledge", reason="").status_code == 400
    assert browser.post(page, f"/attest/changes/{number}/acknowledge", reason="new loader").status_code == 303
    assert "sol: new loader" in browser.text(page)
    assert "No change matches" in browser.text("/attest?view=changes&open=1")


def test_states_of_machines_are_filters_of_their_own(browser: Browser, history: Attest) -> None:
    shown = browser.text("/attest?view=machines")
    assert "the verifier failed; that is our fault" in shown
    assert "no boot of it has left evidence" in shown
    only = browser.text("/attest?view=machines&tier=verifier+error")
    assert "1 of 4 machines" in only


def test_a_silent_machine_is_not_shown_as_healthy(browser: Browser, seed: Seed, history: Attest) -> None:
    seed.passed(2, "nuc-07")
    shown = browser.text("/attest?view=machines")
    assert "silent last affirming, and no evidence since" in shown
    assert "Now none of 4" in shown or "Now 0 of 4 machines are affirming" in shown


def test_the_timeline_filters_and_pages(browser: Browser, seed: Seed, history: Attest) -> None:
    assert "3 appraisals" in browser.text("/attest?view=timeline&tier=affirming&machine=nuc-07&machine=rack1-09")
    assert "No appraisal matches" in browser.text("/attest?view=timeline&reason=nonce")
    for _ in range(50):
        history.appraised(1)
    page = browser.get("/attest?view=timeline")
    older = page.split('">Older appraisals')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    assert "6 appraisals" in browser.text(older)


def test_the_timeline_is_of_a_key_an_image_or_a_firmware(browser: Browser, history: Attest) -> None:
    own, of_machine = f"000b{digest('inner')}", f"000b{digest('platform')}"
    assert "5 appraisals" in browser.text(f"/attest?view=timeline&ak={own[:12]}"), "an error has none"
    assert "4 appraisals" in browser.text(f"/attest?view=timeline&ak={of_machine}")
    assert "5 appraisals" in browser.text(f"/attest?view=timeline&ak={of_machine}&ak={own}")
    image = digest("image 1")
    assert "5 appraisals" in browser.text(f"/attest?view=timeline&image={image[:6]}")
    assert "6 appraisals" in browser.text("/attest?view=timeline&firmware=ovmf")
    assert "1 appraisal," in browser.text("/attest?view=timeline&outcome=error")
    assert "No appraisal matches" in browser.text("/attest?view=timeline&firmware=other")
    assert "1 of 4 machines" in browser.text("/attest?view=machines&firmware=ovmf&reason=binding-pcr4")


def test_what_is_typed_narrows_what_was_chosen(browser: Browser, history: Attest) -> None:
    page = browser.get("/attest?view=timeline&machine=nuc-07&machine=rack1-09&since=7d&cursor=9999999999999999.9")
    form = page.split("<summary>More filters</summary>")[1].split("</form>")[0]
    assert form.count('type="hidden" name="machine"') == 2, "a repeated filter is OR: one more is added"
    assert '<input name="since" value="7d"' in form
    assert 'type="hidden" name="since"' not in form, "one that has one value is written anew"
    assert "cursor" not in form
    for name in ("machine", "tag", "until", "reason", "commit", "firmware", "image", "ak"):
        assert f'<input name="{name}" value=""' in form
    assert "More filters" not in browser.get("/attest?view=images")
    chosen = page.split('<div class="filters">')[1].split("<details")[0]
    assert "machine=rack1-09" in chosen.split(">nuc-07")[0].rsplit('href="', 1)[1], "each value is taken off alone"


def test_the_matrix_takes_a_time_of_its_commits(browser: Browser, history: Attest) -> None:
    assert ">e0aa</a>" in browser.get("/attest?since=1d")
    assert "No machine has booted" in browser.text("/attest?until=1d") or "was submitted" in browser.text(
        "/attest?until=1d"
    )


def test_wrong_filters_are_refused_with_the_nearest(browser: Browser, history: Attest) -> None:
    assert 'Did you mean "machine"?' in browser.text("/attest?machines=nuc-07", 400)
    assert '"mtrix" is no view.' in browser.text("/attest?view=mtrix", 400)
    assert '"99" is no PCR.' in browser.text("/attest?view=changes&pcr=99", 400)
    assert '"soon" is no time.' in browser.text("/attest?at=soon", 400)
    assert 'Say its zone, as in "2026-11-23T06:00:00Z".' in browser.text("/attest?at=2026-11-01T06:00:00", 400)
    assert "not a cursor" in browser.text("/attest?view=timeline&cursor=x", 400)
    browser.get("/attest?machine=nuc-99", 404)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("tier=bogus", 'no filter "tier"'),
        ("view=matrix&reason=xyz", 'no filter "reason"'),
        ("view=matrix&pcr=4", 'no filter "pcr"'),
        ("cause=firmware", 'no filter "cause"'),
        ("worse=1", 'no filter "worse"'),
        ("view=changes&ak=000b123456", 'The view changes has no filter "ak". Leave it out; timeline has it.'),
        ("view=matrix&firmware=ovmf", 'no filter "firmware". Leave it out; machines and timeline have it.'),
        ("view=timeline&kind=pcr", 'The view timeline has no filter "kind". Leave it out; changes has it.'),
        ("view=timeline&ak=0005", '"0005" is not the Name of a key.'),
        ("view=timeline&image=xyz", '"xyz" is not a digest.'),
        ("view=timeline&outcome=bad", '"bad" is no outcome.'),
        ("view=machines&reason=binding-pcr5", 'Did you mean "binding-pcr4"?'),
        ("view=timeline&cause=bogus", 'no filter "cause"'),
        ("view=timeline&pcr=99", 'no filter "pcr"'),
        ("view=machines&since=7d", 'no filter "since"'),
        ("view=machines&cursor=1", 'no filter "cursor"'),
        ("view=images&machine=nuc-07", 'no filter "machine"'),
        ("view=timeline&reason=binding-pcr5", 'Did you mean "binding-pcr4"?'),
        ("view=timeline&commit=xyz", '"xyz" is no commit.'),
        ("view=timeline&expected=1", 'no filter "expected". Leave it out; changes has it.'),
        ("view=changes&worse=yes", '"yes" is no worse.'),
        ("view=changes&pcr=0005000", '"0005000" is no PCR.'),
        ("view=changes&tier=silent", '"silent" is no tier.'),
        ("at=1d&at=2d", 'The filter "at" takes one value here.'),
        ("repository=a&repository=b", 'The filter "repository" takes one value here.'),
        ("repository=other", "knows no repository"),
    ],
)
def test_no_view_takes_a_filter_that_it_does_not_have(
    browser: Browser, history: Attest, asked: str, words: str
) -> None:
    assert words in browser.text(f"/attest?{asked}", 404 if "knows no" in words else 400)


def test_links_to_other_views_leave_out_what_those_do_not_have(browser: Browser, history: Attest) -> None:
    for asked in ("view=changes&cause=image&pcr=4&worse=1&machine=nuc-07&since=7d&at=1d", "view=machines&tier=silent"):
        choice = browser.get(f"/attest?{asked}").split('aria-label="View">')[1].split("</span>")[0]
        links = [part.split('"')[0].replace("&amp;", "&") for part in choice.split('href="')[1:]]
        assert len(links) == 5
        for link in links:
            browser.get(link)
        assert ("machine=nuc-07" in links[0]) == ("machine=" in asked)
        assert links[3] == f"/attest?{'at=1d&' if 'at=' in asked else ''}view=images"


def test_images_have_the_tiers_of_the_machines_that_ran_them_as_known_at_a_moment(
    browser: Browser, history: Attest
) -> None:
    history.image_digest(1, "image 1")
    history.reference()
    shown = browser.text("/attest?view=images")
    assert "3 1 contraindicated 2 affirming boot-5" in shown, "boot-5 was handed another image, and states this one"
    then = quote(now().isoformat())
    later = history.boot(1, machine="qemu-1")
    assert f"4 1 contraindicated 3 affirming boot-{later}" in browser.text("/attest?view=images")
    page = browser.get(f"/attest?view=images&at={then}")
    assert "3 1 contraindicated 2 affirming boot-5" in text_of(page)
    assert "What the farm knew at" in text_of(page)
    assert "No image was known by then." in browser.text("/attest?view=images&at=1d")


def test_links_of_the_images_keep_the_moment(browser: Browser, history: Attest) -> None:
    history.image_digest(1, "image 1")
    history.reference()
    soon = quote(rfc3339(now() + timedelta(hours=1)))
    page = browser.get(f"/attest?view=images&at={soon}")
    digests = f"/images/{digest('image 1')}?at={soon}"
    assert digests in page
    assert "As known then" in browser.text(digests)
    assert browser.client.get(f"/images?digest=abc123&at={soon}").location == f"/images/abc123?at={soon}"
    assert browser.client.get(f"/images?digest=--&at={soon}").location == f"/attest?view=images&at={soon}"
    assert browser.client.get("/images?digest=abc123").location == "/images/abc123"
