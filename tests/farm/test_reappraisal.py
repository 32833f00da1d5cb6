"""Everything kept, judged once more: under another policy, by a newer verifier, after a decision; and dry runs."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from farm import chain, changes, enrolments, machines, policies, retention
from farm.access import Caller
from farm.appraisals import AppraisalRow, OwedAppraisal, judging, kept, runs
from farm.appraisals.bundling import bundle_of
from farm.appraisals.dry_run import dry_run
from farm.appraisals.owing import appraise_owed_one
from farm.appraisals.reappraising import reappraise_one
from farm.appraisals.subject import subject
from farm.changes import Change
from farm.consoles import Chunk
from farm.errors import BadRequest, Conflict
from farm.evidence import bundle
from farm.evidence.inputs import ReferenceState
from farm.evidence.policy_text import PolicyRefused
from farm.farm import Farm
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from tests.hostile.good import PLATFORM_KEY

STRICT = 'name = "default"\nsteps = ["binding"]\n'


@pytest.fixture
def boots(farm: Farm, admin: Caller, project: Path) -> tuple[int, int]:
    """A bound boot that ended affirming, and one that is not bound."""
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    bound, unbound = attest.build(farm, admin), attest.build(farm, admin)
    attest.run(farm, bound)
    attest.run(farm, unbound, "null-2", bound=False)
    return bound, unbound


def begin(farm: Farm, policy: str = "", why: str = "try it") -> int:
    with farm.db.writing() as session:
        policy_id = policies.newest(session, policy).id if policy else None
        return runs.begin(session, policy_id=policy_id, by="ada", why=why).id


def walk_to_the_end(farm: Farm, number: int) -> runs.Reappraisal:
    for _ in range(20):
        reappraise_one(farm)
        with farm.db.reading() as session:
            found = runs.reappraisal(session, number)
        if found.finished_at:
            return found
    raise AssertionError("it does not end")


def tiers(farm: Farm, boot: int) -> list[str]:
    return [row.tier for row in attest.appraisals(farm, boot)]


def differences(farm: Farm, number: int) -> list[tuple[int, str, str, str, bool]]:
    with farm.db.reading() as session:
        found = changes.of_reappraisal(session, number)
    return [(one.boot_after, one.before, one.after, one.cause, one.worse) for one, _ in found]


def add_policy(farm: Farm, body: str) -> int:
    with farm.db.writing() as session:
        return policies.add(session, body, by="ada").id


def test_a_new_policy_appends_a_run_of_each_boot_and_lists_what_changed(farm: Farm, boots: tuple[int, int]) -> None:
    bound, unbound = boots
    add_policy(farm, STRICT)
    number = begin(farm)
    done = walk_to_the_end(farm, number)
    assert (done.appraised, done.changed, done.after_boot) == (2, 1, unbound)
    assert tiers(farm, bound) == ["affirming", "affirming"]
    assert tiers(farm, unbound) == ["warning", "contraindicated"]
    assert differences(farm, number) == [(unbound, "warning", "contraindicated", "policy", True)]
    with farm.db.reading() as session:
        assert chain.walk(session, AppraisalRow.__table__).broken is None


def test_a_policy_may_be_chosen_for_all_boots(farm: Farm, boots: tuple[int, int]) -> None:
    add_policy(farm, STRICT.replace("default", "other"))
    walk_to_the_end(farm, begin(farm, "other"))
    assert tiers(farm, boots[1])[-1] == "contraindicated"


def test_a_newer_verifier_is_named_as_the_cause(
    farm: Farm, boots: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from farm.appraisals import judging
    from farm.evidence.results import Tier

    def lenient(*given: object) -> object:
        found = judge(*given)  # type: ignore[arg-type]
        return replace(found, tier=Tier.AFFIRMING, reason="")

    judge = judging.appraise
    monkeypatch.setattr(judging, "appraise", lenient)
    monkeypatch.setattr(judging.Judged.__init__, "__defaults__", ("", "bootfarm-verifier/99"))
    number = begin(farm)
    walk_to_the_end(farm, number)
    assert attest.newest(farm, boots[1]).verifier == "bootfarm-verifier/99"
    assert differences(farm, number) == [(boots[1], "warning", "affirming", "verifier", False)]


def test_a_value_denied_since_is_named_as_the_cause(farm: Farm, boots: tuple[int, int]) -> None:
    attest.decide_all(farm, ReferenceState.DENIED)
    number = begin(farm)
    walk_to_the_end(farm, number)
    assert {(before, after, cause) for _, before, after, cause, _ in differences(farm, number)} == {
        ("affirming", "contraindicated", "reference value"),
        ("warning", "contraindicated", "reference value"),
    }


def test_a_year_later_the_nonce_is_judged_as_of_its_receipt(
    farm: Farm, boots: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = kept.now() + timedelta(days=365)
    monkeypatch.setattr(kept, "now", lambda: later)
    walk_to_the_end(farm, begin(farm))
    assert tiers(farm, boots[0]) == ["affirming", "affirming"]


def test_two_dispatchers_walk_once(farm: Farm, boots: tuple[int, int]) -> None:
    number = begin(farm)
    steps.at_once(lambda: reappraise_one(farm), lambda: reappraise_one(farm))
    assert walk_to_the_end(farm, number).appraised == 2
    assert [len(attest.appraisals(farm, boot)) for boot in boots] == [2, 2]


def test_one_at_a_time_and_for_a_reason(farm: Farm, boots: tuple[int, int]) -> None:
    with pytest.raises(BadRequest, match="needs a reason"):
        begin(farm, why=" ")
    begin(farm)
    with pytest.raises(Conflict, match="is under way"):
        begin(farm)


def test_a_dry_run_lists_what_would_change_and_writes_nothing(farm: Farm, boots: tuple[int, int]) -> None:
    with farm.db.reading() as session:
        found = dry_run(session, farm, STRICT)
    assert (found.examined, found.next) == (2, None)
    (one,) = found.changes
    assert (one.boot_id, one.machine, one.before, one.after) == (boots[1], "null-2", "warning", "contraindicated")
    assert [len(attest.appraisals(farm, boot)) for boot in boots] == [1, 1]


def test_a_dry_run_says_who_falls_short_of_a_tier_by_tag_and_comes_in_pages(farm: Farm, boots: tuple[int, int]) -> None:
    body = 'name = "x"\n[machines]\nvirtual = "affirming"\n'
    with farm.db.reading() as session:
        first = dry_run(session, farm, body, limit=1)
        second = dry_run(session, farm, body, before=first.next, limit=1)
    assert [(one.boot_id, one.short_of) for one in first.changes] == [(boots[1], "affirming")]
    assert (second.examined, second.changes) == (1, [])


def test_a_policy_that_is_none_is_refused_with_its_line(farm: Farm, boots: tuple[int, int]) -> None:
    with farm.db.reading() as session, pytest.raises(PolicyRefused, match="rekwire"):
        dry_run(session, farm, 'name = "x"\nrekwire = "affirming"\n')


def test_evidence_that_was_removed_stays_as_it_was_judged(farm: Farm, boots: tuple[int, int]) -> None:
    retention.prune_farm(farm, older_than=timedelta(0), by="ada")
    done = walk_to_the_end(farm, begin(farm))
    assert done.appraised == 0
    assert tiers(farm, boots[0]) == ["affirming"]


def test_a_console_that_was_lost_is_our_fault_and_appraised_again_when_it_is_back(
    farm: Farm, boots: tuple[int, int]
) -> None:
    bound = boots[0]
    lost = farm.consoles.stream(f"boot-{bound}", "serial")
    said = b"".join(piece.data for piece in lost.iter_from(0) if isinstance(piece, Chunk))
    lost.delete()
    number = begin(farm)
    assert walk_to_the_end(farm, number).appraised == 1
    row = attest.newest(farm, bound)
    assert (row.outcome, row.tier, row.reason) == ("error", "none", "verifier-error")
    assert "lost or changed what boot-1 left: console" in row.facts["fault"]
    lost.append(0, said, kept.now())
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 1
    assert tiers(farm, bound) == ["affirming", "none", "affirming"]
    assert counts(farm, number) == (2, 0)


def test_a_console_shorter_than_what_was_said_is_no_evidence(farm: Farm, admin: Caller, boots: tuple[int, int]) -> None:
    cut = attest.build(farm, admin)
    steps.start_boot(farm, cut)
    with attest.broken_verifier():
        attest.finish(farm, cut, attest.outcome(farm, cut, attest.good(farm, cut), console_bytes=10**6))
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 0
    assert tiers(farm, cut) == ["none"]
    with farm.db.reading() as session:
        assert "bytes of the console of boot-3, of 1000000." in session.get_one(OwedAppraisal, cut).why


def again(farm: Farm, boot: int) -> tuple[str, str]:
    """Tier and reason, as they would be now."""
    with farm.db.reading() as session:
        judged = kept.judge_again(session, farm, boot)
    assert judged.appraisal is not None
    return judged.tier, judged.appraisal.reason


def test_a_boot_is_judged_by_the_key_that_its_machine_had_then(
    farm: Farm, admin: Caller, boots: tuple[int, int]
) -> None:
    with farm.db.writing() as session:
        enrolments.end(session, machines.machine(session, "null-1"), by="ada", why="a new TPM")
    assert again(farm, boots[0]) == ("affirming", "")
    attest.enrol(farm, key=attest.OTHER_KEY)
    assert again(farm, boots[0]) == ("affirming", "")
    with farm.db.reading() as session:
        assert dry_run(session, farm, STRICT).changes[-1].boot_id == boots[1]
        assert bundle.read(bundle_of(session, farm, boots[0])).expected.platform_ak == PLATFORM_KEY.public
    later = attest.build(farm, admin)
    attest.run(farm, later)
    assert attest.newest(farm, later).reason == "binding-ak-known", "the old key is not the machine's any more"


def test_a_boot_is_judged_by_the_firmware_the_tags_and_the_pool_that_its_machine_had_then(
    farm: Farm, boots: tuple[int, int]
) -> None:
    with farm.db.reading() as session:
        before = subject(session, boots[0])
    with farm.db.writing() as session:
        found = machines.machine(session, "null-1")
        found.firmware, found.tags, found.pool = ["newer-ovmf"], ["fresh"], "another"
    with farm.db.reading() as session:
        assert subject(session, boots[0]) == before
    assert again(farm, boots[0]) == ("affirming", "")


def test_what_is_asked_of_a_machine_stays_what_it_was_in_dry_runs_and_bundles(
    farm: Farm, admin: Caller, boots: tuple[int, int]
) -> None:
    boot = attest.build(farm, admin)
    attest.ask(farm, boot, require="affirming", allow={"warning": ["pool:default & tag:virtual"]})
    attest.run(farm, boot, "null-2", bound=False)
    assert steps.boot_now(farm, boot).verdict == "pass", "its machine may end lower"
    body = 'name = "x"\n[machines]\nvirtual = "affirming"\n'
    with farm.db.reading() as session:
        before = dry_run(session, farm, body)
        assert bundle.read(bundle_of(session, farm, boot)).require == "warning"
    assert boot in [one.boot_id for one in before.changes]
    with farm.db.writing() as session:
        found = machines.machine(session, "null-2")
        found.tags, found.pool = [], "another"
    with farm.db.reading() as session:
        assert dry_run(session, farm, body) == before
        assert bundle.read(bundle_of(session, farm, boot)).require == "warning"


def counts(farm: Farm, number: int) -> tuple[int, int]:
    with farm.db.reading() as session:
        found = runs.reappraisal(session, number)
        return found.appraised, found.changed


def test_what_a_reappraisal_owes_keeps_its_policy_and_counts_when_it_is_paid(
    farm: Farm, boots: tuple[int, int]
) -> None:
    policy_id = add_policy(farm, STRICT.replace("default", "other"))
    number = begin(farm, "other")
    with attest.broken_verifier():
        done = walk_to_the_end(farm, number)
    assert (done.appraised, done.changed) == (0, 0)
    row = attest.newest(farm, boots[1])
    assert (row.run, row.outcome, row.policy_id) == (1, "error", policy_id)
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 2
    assert counts(farm, number) == (2, 1)
    row = attest.newest(farm, boots[1])
    assert (row.run, row.tier, row.policy_id) == (2, "contraindicated", policy_id)
    assert [(one, before, after) for one, before, after, _, _ in differences(farm, number)] == [
        (boots[1], "warning", "contraindicated")
    ]


def test_a_reappraisal_takes_over_what_was_owed_already(farm: Farm, admin: Caller, boots: tuple[int, int]) -> None:
    policy_id = add_policy(farm, STRICT.replace("default", "other"))
    owing = attest.build(farm, admin)
    number = 0
    with attest.broken_verifier():
        attest.run(farm, owing)
        number = begin(farm, "other")
        walk_to_the_end(farm, number)
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 3
    assert attest.newest(farm, owing).policy_id == policy_id
    assert counts(farm, number)[0] == 3


def test_a_bundle_names_the_verifier_that_judged(
    farm: Farm, boots: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging.Judged.__init__, "__defaults__", ("", "bootfarm-verifier/0"))
    walk_to_the_end(farm, begin(farm))
    monkeypatch.undo()
    with farm.db.reading() as session:
        assert bundle.read(bundle_of(session, farm, boots[0])).verifier == "bootfarm-verifier/0"


def test_two_boots_in_a_row_are_compared_and_their_changes_kept(
    farm: Farm, admin: Caller, boots: tuple[int, int]
) -> None:
    later = attest.build(farm, admin)
    attest.run(farm, later, bound=False)
    with farm.db.reading() as session:
        found = session.scalars(select(Change).where(Change.boot_after == later)).all()
    assert [(one.kind, one.boot_before, one.worse, one.cause) for one in found] == [
        ("tier", boots[0], True, "unexplained")
    ]
