"""Appraisals in a boot's end: what is recorded, what gates the verdict, and what is learnt."""

from pathlib import Path

import pytest
from sqlalchemy import event

from farm import chain
from farm.access import Caller
from farm.appraisals import AppraisalRow
from farm.farm import Farm
from farm.states import Cause, Verdict
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def ready(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot that waits for a machine, of an image that the farm built."""
    steps.hello(farm)
    farm.signer.make_first(signed_before=False)
    return attest.build(farm, admin)


def test_a_farm_that_trusts_its_own_builds_and_machines_ends_affirming_at_the_first_boot(
    farm: Farm, admin: Caller
) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    boot = attest.build(farm, admin)
    assert attest.run(farm, boot).verdict == Verdict.PASS
    row = attest.newest(farm, boot)
    assert (row.tier, row.outcome, row.run) == ("affirming", "done", 0)
    assert "first use" in row.statement


def test_without_rules_everything_is_pending_and_one_approval_makes_the_next_boot_affirming(
    farm: Farm, admin: Caller, ready: int
) -> None:
    attest.enrol(farm)
    attest.run(farm, ready)
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("warning", "image")
    assert attest.decide_all(farm) == 4, "the image, and PCR 0, 2 and 7 that its machine's key signed"
    again = attest.build(farm, admin)
    attest.run(farm, again)
    row = attest.newest(farm, again)
    assert row.tier == "affirming"
    assert "first use" not in row.statement


def test_an_unbound_boot_ends_warning_at_best(farm: Farm, ready: int) -> None:
    attest.decide_all(farm)
    attest.run(farm, ready, bound=False)
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("warning", "binding")


def test_a_boot_without_evidence_has_no_appraisal(farm: Farm, ready: int) -> None:
    attest.run(farm, ready, left=lambda: attest.Left(None))
    assert attest.appraisals(farm, ready) == []


def test_appraisals_make_a_chain(farm: Farm, admin: Caller, ready: int) -> None:
    attest.run(farm, ready)
    attest.run(farm, attest.build(farm, admin))
    with farm.db.reading() as session:
        walked = chain.walk(session, AppraisalRow.__table__)
    assert (walked.rows, walked.broken) == (2, None)


def test_evidence_of_another_machine_is_refused(farm: Farm, ready: int) -> None:
    attest.enrol(farm, key=attest.OTHER_KEY)
    attest.decide_all(farm)
    attest.run(farm, ready)
    row = attest.newest(farm, ready)
    assert (row.tier, row.reason) == ("contraindicated", "binding-ak-known")


def test_a_replayed_console_is_refused_for_its_nonce(farm: Farm, admin: Caller, ready: int) -> None:
    attest.enrol(farm)
    steps.start_boot(farm, ready)
    left = attest.good(farm, ready)
    attest.finish(farm, ready, attest.outcome(farm, ready, left))
    again = attest.build(farm, admin)
    attest.run(farm, again, left=lambda: left)
    assert (attest.newest(farm, again).tier, attest.newest(farm, again).reason) == ("contraindicated", "nonce")


def test_a_machine_that_fails_otherwise_is_appraised_all_the_same(farm: Farm, ready: int) -> None:
    steps.start_boot(farm, ready)
    attest.finish(farm, ready, attest.outcome(farm, ready, attest.good(farm, ready), Cause.GUEST_PANIC))
    assert steps.boot_now(farm, ready).cause == Cause.GUEST_PANIC
    assert attest.newest(farm, ready).tier == "warning"


def test_a_boot_without_evidence_asks_nothing_of_the_tables_of_attestation(farm: Farm, ready: int) -> None:
    steps.lease_boot(farm, ready)
    asked: list[str] = []

    def note(*event: object) -> None:
        asked.append(str(event[2]))

    event.listen(farm.db.engine, "before_cursor_execute", note)
    try:
        steps.claim_boot(farm, ready)
        claim, asked[:] = list(asked), []
        attest.finish(farm, ready, attest.outcome(farm, ready, attest.Left(None)))
    finally:
        event.remove(farm.db.engine, "before_cursor_execute", note)
    words = ("appraisals", "chain_heads", "evidence", "reference_", "policies", "enrolments", "pcr_", "changes")
    assert [one for one in (*claim, *asked) if any(word in one for word in words)] == []
    assert len([one for one in claim if not one.startswith("BEGIN")]) == 3, (
        "the boot, its move with the nonce, its lease"
    )
