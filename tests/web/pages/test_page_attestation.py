"""The attestation card of a boot: trust in one sentence, what failed first, and what was removed or never came."""

from farm import artifacts, boots, evidence, policies, wire
from farm.appraisals import owed
from farm.database import now
from farm.evidence import bundle
from farm.evidence.appraisal import Tier, appraise
from farm.farm import Farm
from farm.pcrs import PcrSource, Shown
from farm.references import derived
from farm.retention import ConsoleTombstone, Tombstone
from farm.states import Cause, Verdict
from tests.web.pages.attesting import STATEMENT, Attest, digest, platform
from tests.web.pages.page_browser import Browser, text_of
from tests.web.pages.seeding import Seed
from web.places import PLACES

EXPECTED_PCR4 = derived.pcr4_of(bytes.fromhex("a" * 64)).hex()


def built(seed: Seed) -> int:
    seed.machine()
    number = seed.submission()
    seed.built(number)
    return number


def card(page: str) -> str:
    return page.split('id="attestation"')[1].split("</section>\n")[0]


def test_a_proven_boot_says_in_one_sentence_what_one_has_to_believe(
    browser: Browser, seed: Seed, attest: Attest
) -> None:
    shown = (Shown(PcrSource.PLATFORM, 4, EXPECTED_PCR4), Shown(PcrSource.HOST, 4, EXPECTED_PCR4))
    number = attest.boot(built(seed), shown=shown)
    page = browser.get(f"/boots/boot-{number}")
    said = text_of(card(page))
    assert STATEMENT in said
    assert "35 of 35 checks passed" in said
    assert f"quoted {EXPECTED_PCR4[:10]} the same" in said
    assert "the lab host's own word, not signed by a TPM" in said
    assert "under default version 1 by bootfarm-verifier/1" in said
    assert "<details open" not in card(page)


def test_verdict_and_tier_never_share_a_mark(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.boot(built(seed), "contraindicated", failed="signature")
    head = browser.get(f"/boots/boot-{number}").split('id="progress"')[0].split('id="state"')[1]
    assert 'class="mark is-pass big"' in head
    assert 'class="tier is-fail big"' in head
    assert "#i-contraindicated" in head


def test_the_failing_check_stands_first_with_expected_and_actual(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.boot(built(seed), "contraindicated", failed="binding-pcr4")
    page = card(browser.get(f"/boots/boot-{number}"))
    said = text_of(page)
    assert said.index("binding-pcr4 did not hold: another value") < said.index("framing")
    assert f"expected {'5d' * 32} actual {'0f' * 32}" in said
    assert "32 of 35 checks passed" in said
    assert said.count("did not hold") == 1, "binding fails with its part, which says what it was"
    assert "binding-firmware not reached" in said
    assert "<details open" in page


def test_a_fault_of_the_verifier_is_shown_as_ours(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.boot(built(seed), "none", outcome="error")
    said = text_of(card(browser.get(f"/boots/boot-{number}")))
    assert "verifier error" in said
    assert "nothing is known about this evidence; that is our fault." in said


def test_what_is_owed_is_written_off_with_a_reason(
    browser: Browser, seed: Seed, attest: Attest, page_farm: Farm
) -> None:
    number = attest.boot(built(seed), "none", outcome="error")
    with page_farm.db.writing() as session:
        owed.owe(session, number, "ValueError: <odd> log")
    page = f"/boots/boot-{number}"
    said = text_of(card(browser.get(page)))
    assert "that is our fault, and it will be appraised again." in said
    assert "and 1 time so far; the next try is due at 20" in said
    assert "The last one ended so: ValueError: <odd> log" in said
    assert "Log in" in said
    browser.log_in(seed.person())
    assert browser.post(page, f"{page}/write-off", reason=" ").status_code == 400
    assert browser.post(page, f"{page}/write-off", reason="a bug in <its> log").status_code == 303
    said = text_of(card(browser.get(page)))
    assert "that is our fault." in said
    assert "by ada: a bug in <its> log" in said
    assert "the last one so: ValueError: <odd> log" in said
    assert browser.post(page, f"{page}/write-off", reason="again").status_code == 404


def test_earlier_appraisals_stay_in_sight(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.boot(built(seed), "none", outcome="error")
    attest.appraised(number)
    said = text_of(card(browser.get(f"/boots/boot-{number}")))
    assert STATEMENT in said
    assert said.index("Earlier appraisals of this boot") < said.index("verifier error")


def test_a_quoted_pcr4_that_differs_is_said_to(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.boot(built(seed), "contraindicated", failed="binding-pcr4", shown=platform((4, "a detour")))
    assert f"quoted {digest('a detour')[:10]} differs" in text_of(browser.get(f"/boots/boot-{number}"))


def test_without_evidence_nothing_is_said_to_be_proven(browser: Browser, seed: Seed) -> None:
    number = seed.passed(built(seed))
    assert "It left no evidence, so nothing is proven about what ran." in browser.text(f"/boots/boot-{number}")
    lost = seed.boot(1, state="running")
    assert "Evidence is appraised when the boot has ended." in browser.text(f"/boots/boot-{lost}")
    seed.finished(lost, Verdict.INFRA, Cause.POWER_FAILED, "BMC timeout")
    assert "It ended before it could give evidence." in browser.text(f"/boots/boot-{lost}")


def test_removed_bytes_leave_their_row_and_the_rule(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    number = seed.passed(built(seed))
    stored = page_farm.artifacts.put_bytes(b"CATT1")
    with page_farm.db.writing() as session:
        artifacts.record(session, stored, 5, now())
        file = wire.EvidenceFile(name="citadel-attest.bin", source=wire.EvidenceSource.ESP, digest=stored, size=5)
        evidence.record(session, boots.boot(session, number).id, [file])
        session.add(Tombstone(digest=stored, at=now(), by="ada", rule="raw evidence for 90 days"))
    assert "written over" not in browser.get(f"/boots/boot-{number}")
    with page_farm.db.writing() as session:
        session.add(ConsoleTombstone(boot_id=number, at=now(), by="ada", rule="evidence older than 90 days", size=600))
    page = browser.get(f"/boots/boot-{number}")
    assert 'on the console, 600 B, was written over just now by the rule "evidence older than 90 days"' in text_of(page)
    assert 'removed just now by the rule "raw evidence for 90 days"; the row stays' in text_of(page)
    assert "/evidence/esp/" not in page


def test_the_offline_bundle_is_judged_as_the_farm_judges(browser: Browser, seed: Seed, page_farm: Farm) -> None:
    number = seed.passed(built(seed))
    stored = page_farm.artifacts.put_bytes(b"CATT1 and no more")
    with page_farm.db.writing() as session:
        policies.ensure_default(session)
        artifacts.record(session, stored, 17, now())
        file = wire.EvidenceFile(name="citadel-attest.bin", source=wire.EvidenceSource.ESP, digest=stored, size=17)
        evidence.record(session, number, [file])
    assert f"/api/v1/boots/boot-{number}/evidence-bundle" in browser.get(f"/boots/boot-{number}")
    answer = browser.client.get(f"/api/v1/boots/boot-{number}/evidence-bundle")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    given = bundle.read(answer.data)
    assert given.evidence.esp_attest == b"CATT1 and no more"
    assert given.source.startswith(f"boot-{number} of ")
    judged = appraise(given.evidence, given.expected, given.policy, given.at)
    assert (judged.tier, judged.reason) == (Tier.CONTRAINDICATED, "structure")
    browser.client.application.extensions[PLACES].free = 0
    assert "Too many" in browser.get(f"/api/v1/boots/boot-{number}/evidence-bundle", 503)


def test_a_boot_without_evidence_has_no_bundle(browser: Browser, seed: Seed) -> None:
    number = seed.passed(built(seed))
    assert "evidence-bundle" not in browser.get(f"/boots/boot-{number}")
    assert "left no evidence" in browser.get(f"/api/v1/boots/boot-{number}/evidence-bundle", 404)


def test_the_card_comes_with_the_poll_that_ends_a_boot(browser: Browser, seed: Seed, attest: Attest) -> None:
    number = attest.boot(built(seed))
    part = browser.get(f"/boots/boot-{number}", fragment=True)
    assert 'id="attestation"' in part
    assert STATEMENT in part
