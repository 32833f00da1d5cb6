"""Reference values: where they come from, and who decides about them."""

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from farm.access import Caller
from farm.errors import BadRequest, Conflict, NotFound
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.references import Reference, Reliance, derived, from_boot, listing, rules, states
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from tests.farm.test_submissions import PATCH
from tests.hostile.forge import Inner
from tests.hostile.good import AUTHENTICODE, INNER, INNER_KEY, OUTER

CLEAN = {"efi": b"MZ clean", "image": attest.sha256(b"a clean image")}
APPROVED, RETIRED, DENIED = ReferenceState.APPROVED, ReferenceState.RETIRED, ReferenceState.DENIED


@pytest.fixture
def ready(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot that waits for a machine."""
    steps.hello(farm)
    return attest.build(farm, admin)


def values(farm: Farm, **wanted: str) -> list[Reference]:
    with farm.db.reading() as session:
        return listing.references(session, **wanted)  # type: ignore[arg-type]


def test_a_build_leaves_its_image_as_a_pending_value(farm: Farm, ready: int) -> None:
    (image,) = values(farm)
    assert (image.kind, image.digest, image.state) == ("image", attest.IMAGE.hex(), "pending")
    with farm.db.reading() as session:
        (row,) = states.history(session, image.id)
    assert (row.by, row.why.startswith("Built by this farm as build-1 from project at ")) == ("farm", True)


def test_a_file_that_is_no_image_is_a_module_by_its_own_digest(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    steps.ready_boot(farm, admin)
    assert [(one.kind, one.digest) for one in values(farm)] == [("module", one.artifact) for one in values(farm)]


def test_images_of_a_repository_whose_builds_are_trusted_are_approved_with_the_rules_reason(
    farm: Farm, admin: Caller, project: Path
) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.build(farm, admin)
    (image,) = values(farm)
    assert image.state == APPROVED
    with farm.db.reading() as session:
        (row,) = states.history(session, image.id)
    assert row.why.endswith("its builds are trusted by ada: her own checkout")


def test_a_patched_tree_is_nobodys_commit_and_stays_pending(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.build(farm, admin, patch=PATCH.encode())
    assert [one.state for one in values(farm)] == ["pending"]


def test_a_rule_that_ended_approves_nothing_more(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    attest.trust(farm)
    with farm.db.writing() as session:
        for rule in rules.standing(session):
            rules.end(session, rule, by="ada", why="no more")
        assert rules.was_made(session, repository_id=1)
    attest.build(farm, admin)
    assert [one.state for one in values(farm)] == ["pending"]


def test_an_end_has_a_reason_and_of_two_at_once_the_first_stays(farm: Farm, project: Path) -> None:
    steps.hello(farm)
    attest.trust(farm)

    def end(by: str, why: str) -> None:
        with farm.db.writing() as session:
            rules.end(session, rules.rule(session, 1), by=by, why=why)

    with pytest.raises(BadRequest, match="ends for a reason"):
        end("ada", " ")
    assert steps.at_once(lambda: end("ada", "one"), lambda: end("eve", "two")) == [None, None]
    with farm.db.reading() as session:
        (found,) = rules.ended(session)
    assert (found.ended_by, found.ended_why) in (("ada", "one"), ("eve", "two"))
    end("ada", "once more")
    with farm.db.reading() as session:
        (again,) = rules.ended(session)
    assert (again.ended_by, again.ended_why, again.ended_at) == (found.ended_by, found.ended_why, found.ended_at)


def test_a_firmwares_values_are_learnt_from_a_boot_that_its_machines_key_signed(farm: Farm, ready: int) -> None:
    attest.enrol(farm)
    attest.run(farm, ready)
    learnt = sorted(
        (one.pcr, one.digest, one.state, one.machine_id, one.firmware) for one in values(farm, kind="firmware")
    )
    shown = {pcr: value.hex() for pcr, value in OUTER.values if pcr in (0, 2, 7)}
    assert learnt == [(pcr, value, "pending", 1, "ovmf") for pcr, value in sorted(shown.items())]


def test_nothing_is_learnt_from_a_key_that_is_not_the_machines(farm: Farm, ready: int) -> None:
    attest.enrol(farm, key=attest.OTHER_KEY)
    attest.run(farm, ready)
    assert values(farm, kind="firmware") == []


def test_first_use_is_trusted_once_and_another_firmware_is_not(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    attest.run(farm, attest.build(farm, admin))
    later = attest.build(farm, admin)
    attest.run(farm, later, firmware=b"another firmware")
    row = attest.newest(farm, later)
    assert (row.tier, row.reason) == ("warning", "binding-firmware")
    assert [one.state for one in values(farm, kind="firmware")] == ["pending", "approved", "approved", "approved"]


def test_a_patched_first_boot_does_not_spoil_first_use(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    patched = attest.build(farm, admin, patch=PATCH.encode())
    clean = attest.build(farm, admin, **CLEAN)
    attest.run(farm, patched)
    assert (attest.newest(farm, patched).tier, attest.newest(farm, patched).reason) == ("warning", "image")
    assert {one.state for one in values(farm, kind="firmware")} == {"pending"}
    attest.run(farm, clean, **CLEAN)
    row = attest.newest(farm, clean)
    assert (row.tier, row.reason) == ("affirming", "")
    assert "first use" in row.statement
    firmware = values(farm, kind="firmware")
    assert {one.state for one in firmware} == {"approved"}
    with farm.db.reading() as session:
        why = {states.history(session, one.id)[-1].why for one in firmware}
    assert why == {f"First seen in boot-{clean}; ada trusts first use: her own machines"}


def test_somebody_who_decided_about_a_firmware_is_not_overruled_by_first_use(
    farm: Farm, admin: Caller, project: Path
) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    attest.run(farm, attest.build(farm, admin, patch=PATCH.encode()))
    with farm.db.writing() as session:
        one = listing.references(session, kind="firmware")[0]
        states.decide(session, one, DENIED, by="ada", why="no")
    clean = attest.build(farm, admin, **CLEAN)
    attest.run(farm, clean, **CLEAN, firmware=b"another firmware")
    assert attest.newest(farm, clean).reason == "binding-firmware"


def test_first_use_is_not_for_a_boot_that_is_bad_otherwise(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    boot = attest.build(farm, admin)
    attest.run(farm, boot, efi=b"MZ something else ran")
    assert (attest.newest(farm, boot).tier, attest.newest(farm, boot).reason) == ("contraindicated", "binding-pcr4")
    assert {one.state for one in values(farm, kind="firmware")} == {"pending"}


@pytest.mark.parametrize("state", [ReferenceState.PENDING, RETIRED])
def test_what_an_unbound_boot_only_says_is_not_approved_from_it(
    farm: Farm, admin: Caller, ready: int, state: ReferenceState
) -> None:
    attest.build(farm, admin, efi=b"MZ evil", image=b"e" * 32, patch=PATCH.encode())
    with farm.db.writing() as session:
        found = session.scalars(select(Reference).where(Reference.digest == (b"e" * 32).hex())).one()
        if state == RETIRED:
            states.decide(session, found, APPROVED, by="ada", why="seemed good")
            states.decide(session, found, RETIRED, by="ada", why="is not")
    steps.start_boot(farm, ready)
    nonce = bytes.fromhex(steps.boot_now(farm, ready).nonce)
    staged = Inner(nonce=nonce, measurements=(attest.IMAGE, b"e" * 32), key=INNER_KEY)
    attest.finish(farm, ready, attest.outcome(farm, ready, attest.Left(staged.block)))
    with farm.db.writing() as session:
        approved = from_boot.approve_boot(session, ready, by="ada", why="looked good")
    assert [one.digest for one in approved] == [attest.IMAGE.hex()]
    assert {one.state for one in values(farm) if one.digest == found.digest} == {state}


def test_a_boot_of_another_image_than_its_own_approves_nothing(farm: Farm, ready: int) -> None:
    attest.enrol(farm)
    attest.run(farm, ready, image=b"e" * 32, efi=b"MZ evil")
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("contraindicated", "image")
    with farm.db.writing() as session, pytest.raises(Conflict, match="contraindicated"):
        from_boot.approve_boot(session, ready, by="ada", why="looked good")


def test_all_values_of_a_good_boot_are_approved_at_once(farm: Farm, admin: Caller, ready: int) -> None:
    attest.enrol(farm)
    attest.run(farm, ready)
    with farm.db.writing() as session:
        approved = from_boot.approve_boot(session, ready, by="ada", why="seen it myself")
        assert sorted(one.kind for one in approved) == ["firmware", "firmware", "firmware", "image"]
        assert states.history(session, approved[0].id)[-1].why == f"From boot-{ready}: seen it myself"
    with farm.db.writing() as session, pytest.raises(Conflict, match="is pending and proven"):
        from_boot.approve_boot(session, ready, by="ada", why="again")
    again = attest.build(farm, admin)
    attest.run(farm, again)
    assert attest.newest(farm, again).tier == "affirming"


def test_a_bad_boot_approves_nothing(farm: Farm, ready: int) -> None:
    attest.enrol(farm, key=attest.OTHER_KEY)
    attest.decide_all(farm)
    attest.run(farm, ready)
    with farm.db.writing() as session, pytest.raises(Conflict, match="contraindicated"):
        from_boot.approve_boot(session, ready, by="ada", why="why not")


def test_a_boot_that_was_never_appraised_approves_nothing(farm: Farm, ready: int) -> None:
    with farm.db.writing() as session, pytest.raises(NotFound, match="never appraised"):
        from_boot.approve_boot(session, ready, by="ada", why="why not")


def test_a_denied_value_is_not_approved_along_with_others(farm: Farm, ready: int) -> None:
    attest.enrol(farm)
    attest.run(farm, ready)
    decide(farm, values(farm, kind="firmware")[0].id, DENIED)
    with farm.db.writing() as session, pytest.raises(Conflict, match="which is denied"):
        from_boot.approve_boot(session, ready, by="ada", why="all of it")


def decide(farm: Farm, number: int, state: ReferenceState, why: str = "because") -> None:
    with farm.db.writing() as session:
        states.decide(session, states.reference(session, number), state, by="ada", why=why)


def test_a_decision_has_a_reason_and_changes_something(farm: Farm, ready: int) -> None:
    number = values(farm)[0].id
    with pytest.raises(BadRequest, match="needs a reason"):
        decide(farm, number, APPROVED, " ")
    decide(farm, number, APPROVED)
    with pytest.raises(Conflict, match="is approved already"):
        decide(farm, number, APPROVED)
    decide(farm, number, RETIRED)
    with farm.db.reading() as session:
        assert [row.state for row in states.history(session, number)] == ["pending", "approved", "retired"]


def test_of_two_who_decide_at_once_one_is_told(farm: Farm, ready: int) -> None:
    number = values(farm)[0].id
    done = steps.at_once(lambda: decide(farm, number, APPROVED), lambda: decide(farm, number, APPROVED))
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]


@pytest.mark.parametrize("statement", ["UPDATE reference_states SET why = 'x'", "DELETE FROM reference_states"])
def test_decisions_can_not_be_rewritten(farm: Farm, ready: int, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), farm.db.writing() as session:
        session.execute(text(statement))


def test_a_boot_remembers_the_values_that_it_met(farm: Farm, ready: int) -> None:
    attest.enrol(farm)
    attest.decide_all(farm)
    attest.run(farm, ready)
    with farm.db.reading() as session:
        met = set(session.scalars(select(Reliance.reference_id)))
    assert met == {one.id for one in values(farm)}


def test_lists_narrow_by_kind_state_and_prefix(farm: Farm, ready: int) -> None:
    attest.enrol(farm)
    attest.run(farm, ready)
    assert len(values(farm)) == 4
    assert len(values(farm, kind="image", state="pending", digest=attest.IMAGE.hex()[:8])) == 1
    assert values(farm, kind="image", state="approved") == []


def test_what_pcr_4_and_10_must_be_follows_from_the_build() -> None:
    shown = dict(OUTER.values)
    assert derived.pcr4_of(AUTHENTICODE) == shown[4]
    assert derived.pcr10_of(INNER.measurements) == dict(INNER.values)[10]
