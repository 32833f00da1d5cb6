"""The page of an image: its names, its state, every machine that ran it; and digests that name none or several."""

from urllib.parse import quote

from farm.database import now
from farm.evidence.inputs import ReferenceState
from farm.references import derived, states
from tests.web.pages.attesting import Attest, digest
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def built(seed: Seed) -> int:
    for name in ("qemu-1", "qemu-2"):
        seed.machine(name)
    number = seed.submission()
    seed.built(number)
    return number


def test_it_has_every_name_and_every_machine(ada: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    first = attest.boot(submission)
    stated = attest.image_digest(first, "image 1")
    attest.boot(submission, "contraindicated", failed="binding-pcr4")
    silent = seed.passed(submission, "qemu-2")
    attest.reference(state=ReferenceState.APPROVED)
    shown = ada.text(f"/images/{stated}")
    assert "2 machines ran it, 3 boots in all." in shown
    assert "a" * 64 in shown
    assert derived.pcr4_of(bytes.fromhex("a" * 64)).hex() in shown
    assert derived.pcr10_of([bytes.fromhex(stated)]).hex() in shown
    assert "qemu-1 contraindicated binding-pcr4 2 2" in shown
    assert f"qemu-2 no evidence 1 0 boot-{silent}" in shown
    assert "approved value 1" in shown
    assert "/refs/1/state" in ada.get(f"/images/{stated}")
    assert "2 machines ran it" in ada.text(f"/images/{'a' * 12}")


def test_an_image_that_was_never_built_here_is_told_of_by_evidence_alone(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    attest.boot(built(seed), "contraindicated", failed="image", image=digest("a stranger"))
    shown = browser.text(f"/images/{digest('a stranger')}")
    assert "This farm never built it: only evidence speaks of it." in shown
    assert "It is no reference value" in shown
    assert "qemu-1 contraindicated image 1 1" in shown


def test_digests_that_name_none_or_several(browser: Browser, seed: Seed, attest: Attest) -> None:
    submission = built(seed)
    attest.boot(submission)
    attest.boot(submission, "contraindicated", failed="image", image="abcdef12" + "0" * 56)
    attest.boot(submission, "contraindicated", failed="image", image="abcdef13" + "0" * 56)
    unknown = browser.text(f"/images/{'f' * 64}", 404)
    assert f"No image with the digest {'f' * 64} was ever seen here, searched about 3 boots since 20" in unknown
    several = browser.text("/images/abcdef", 400)
    assert "abcdef fits 2 digests: abcdef1200000000, abcdef1300000000." in several
    assert "Give more digits." in several
    assert '"xyz" is not a digest' in browser.text("/images/xyz", 400)


def test_the_box_of_the_images_view_goes_there(browser: Browser) -> None:
    assert browser.client.get("/images?digest=abc123").headers["Location"] == "/images/abc123"
    assert browser.client.get("/images?digest=//x.org").headers["Location"] == "/attest?view=images"


def test_what_was_decided_later_is_not_known_at_a_moment(ada: Browser, seed: Seed, attest: Attest) -> None:
    stated = attest.image_digest(attest.boot(built(seed)), "image 1")
    before = quote(now().isoformat())
    number = attest.reference(state=ReferenceState.APPROVED)
    then = quote(now().isoformat())
    with seed.farm.db.writing() as session:
        states.decide(session, states.reference(session, number), ReferenceState.DENIED, by="sol", why="a weakness")
    assert "denied" in ada.text(f"/images/{stated}")
    shown = ada.text(f"/images/{stated}?at={then}")
    assert "approved value 1" in shown
    assert "a weakness" not in shown
    assert "It was no reference value by then" in ada.text(f"/images/{stated}?at={before}")
