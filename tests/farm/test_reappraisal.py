"""Everything kept, judged once more: under another policy, by a newer verifier, after a decision; and dry runs."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from farm import chain, changes, policies, retention
from farm.access import Caller
from farm.appraisals import AppraisalRow, kept, runs
from farm.appraisals.dry_run import dry_run
from farm.appraisals.reappraising import reappraise_one
from farm.changes import Change
from farm.errors import BadRequest, Conflict
from farm.evidence.inputs import ReferenceState
from farm.evidence.policy_text import PolicyRefused
from farm.farm import Farm
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps

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


def test_two_boots_in_a_row_are_compared_and_their_changes_kept(
    farm: Farm, admin: Caller, boots: tuple[int, int]
) -> None:
    again = attest.build(farm, admin)
    attest.run(farm, again, bound=False)
    with farm.db.reading() as session:
        found = session.scalars(select(Change).where(Change.boot_after == again)).all()
    assert [(one.kind, one.boot_before, one.worse, one.cause) for one in found] == [
        ("tier", boots[0], True, "unexplained")
    ]
