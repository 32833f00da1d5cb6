"""The plan's [attest] section decides the verdict of a boot that passed otherwise."""

from pathlib import Path

import pytest

from farm import policies
from farm.access import Caller
from farm.errors import NotFound
from farm.farm import Farm
from farm.states import BootState, Cause, Verdict
from tests.conftest import PLAN, commit_files
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps


@pytest.fixture
def ready(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot that waits for a machine, of an image whose builds are trusted, on a machine whose firmware is."""
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    return attest.build(farm, admin)


def add_policy(farm: Farm, body: str) -> None:
    with farm.db.writing() as session:
        policies.add(session, body, by="ada")


def test_a_boot_that_reaches_the_required_tier_passes(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming", pcrs=[0, 2, 4, 7, 10])
    assert attest.run(farm, ready).verdict == Verdict.PASS


def test_a_boot_below_it_is_the_commits_fault_and_says_why(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming")
    ended = attest.run(farm, ready, bound=False)
    assert (ended.verdict, ended.cause) == (Verdict.FAIL, Cause.EVIDENCE_REJECTED)
    assert "The evidence is warning at binding, and affirming is required." in ended.detail
    assert attest.newest(farm, ready).tier == "warning"


def test_no_evidence_where_some_is_required_is_rejected_and_recorded(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="warning")
    ended = attest.run(farm, ready, left=lambda: attest.Left(None))
    assert ended.cause == Cause.EVIDENCE_REJECTED
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("none", "framing")


def test_what_is_not_required_is_recorded_and_rejects_nothing(farm: Farm, ready: int) -> None:
    assert attest.run(farm, ready, key=attest.OTHER_KEY).verdict == Verdict.PASS
    assert attest.newest(farm, ready).tier == "contraindicated"


@pytest.mark.parametrize("left", ["unbound", "silent"])
def test_a_step_that_a_policy_demands_must_pass_though_no_tier_is_required(
    farm: Farm, admin: Caller, ready: int, left: str
) -> None:
    add_policy(farm, 'name = "strict"\nsteps = ["binding"]\n')
    attest.ask(farm, ready, require="none", policy="strict")
    assert attest.run(farm, ready).verdict == Verdict.PASS
    again = attest.build(farm, admin)
    attest.ask(farm, again, require="none", policy="strict")
    silent = (lambda: attest.Left(None)) if left == "silent" else None
    assert attest.run(farm, again, left=silent, bound=False).cause == Cause.EVIDENCE_REJECTED


@pytest.mark.parametrize("allow", [{"warning": ["null-1"]}, {"warning": ["tag:virtual"]}, {"none": ["null-*"]}])
def test_a_plan_may_allow_less_for_some_machines(farm: Farm, ready: int, allow: dict[str, list[str]]) -> None:
    attest.ask(farm, ready, require="affirming", allow=allow, pcrs=[4])
    assert attest.run(farm, ready, bound=False).verdict == Verdict.PASS


def test_what_a_plan_allows_other_machines_does_not_help(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming", allow={"warning": ["null-2"]})
    assert attest.run(farm, ready, bound=False).cause == Cause.EVIDENCE_REJECTED


def test_a_pcr_that_the_plan_asks_for_must_be_shown(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming", pcrs=[4, 11])
    ended = attest.run(farm, ready)
    assert ended.cause == Cause.EVIDENCE_REJECTED
    assert "does not show PCR 11" in ended.detail


def test_the_policy_that_the_plan_names_may_require_more(farm: Farm, ready: int) -> None:
    add_policy(farm, 'name = "strict"\nrequire = "affirming"\n')
    attest.ask(farm, ready, policy="strict")
    assert attest.run(farm, ready, bound=False).cause == Cause.EVIDENCE_REJECTED


def test_a_policy_in_force_at_the_appraisal_counts_not_the_one_at_the_claim(farm: Farm, ready: int) -> None:
    add_policy(farm, 'name = "release"\n')
    attest.ask(farm, ready, policy="release")
    steps.start_boot(farm, ready)
    left = attest.good(farm, ready, bound=False)
    add_policy(farm, 'name = "release"\nrequire = "affirming"\n')
    attest.finish(farm, ready, attest.outcome(farm, ready, left))
    assert steps.boot_now(farm, ready).cause == Cause.EVIDENCE_REJECTED


def test_a_plan_that_names_a_policy_that_is_unknown_is_refused_at_submission(
    farm: Farm, admin: Caller, ready: int, project: Path
) -> None:
    commit_files(project, {".bootfarm.toml": PLAN + '\n[attest]\npolicy = "defualt"\n'})
    with pytest.raises(NotFound, match="defualt") as refused:
        steps.submit(farm, admin)
    assert refused.value.next_step == "Did you mean default?"


def test_a_boot_whose_policy_is_gone_all_the_same_is_rejected_and_its_evidence_kept(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, policy="gone")
    ended = attest.run(farm, ready)
    assert ended.cause == Cause.EVIDENCE_REJECTED
    assert '"gone"' in ended.detail
    assert attest.newest(farm, ready).tier == "affirming"


def test_a_verifier_that_fails_is_our_fault_and_a_required_tier_is_tried_again(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming")
    with attest.broken_verifier():
        ended = attest.run(farm, ready)
    assert (ended.verdict, ended.cause) == (Verdict.INFRA, Cause.VERIFIER_ERROR)
    row = attest.newest(farm, ready)
    assert (row.outcome, row.tier, row.reason) == ("error", "none", "verifier-error")
    assert row.facts["fault"] == "RuntimeError: a bug of ours"
    again = steps.boot_now(farm, ready + 1)
    assert (again.retry_of, again.state) == (ready, BootState.QUEUED)


def test_a_verifier_that_fails_where_nothing_is_required_leaves_the_verdict(farm: Farm, ready: int) -> None:
    with attest.broken_verifier():
        assert attest.run(farm, ready).verdict == Verdict.PASS
    assert attest.newest(farm, ready).outcome == "error"


def test_another_failure_is_not_overwritten(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming")
    steps.start_boot(farm, ready)
    left = attest.good(farm, ready, bound=False)
    attest.finish(farm, ready, attest.outcome(farm, ready, left, Cause.GUEST_PANIC))
    assert steps.boot_now(farm, ready).cause == Cause.GUEST_PANIC
