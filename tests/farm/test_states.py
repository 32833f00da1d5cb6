"""The lives of boots and builds: every allowed move works, every other one is a Conflict that names both states."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from farm import boots, builds
from farm.access import Caller
from farm.boots import Boot
from farm.builds import Build
from farm.errors import Conflict
from farm.farm import Farm
from farm.states import BOOT_TRANSITIONS, BUILD_TRANSITIONS, CAUSES, BootState, BuildState, Cause, Verdict, verdict_of
from tests.farm import farm_steps as steps

NOW = datetime.now(UTC)


def boot_values(state: BootState) -> dict[str, Any]:
    """What a row must hold in a state, by its constraints."""
    machine = 1 if state in (BootState.LEASED, BootState.RUNNING) else None
    return {"machine_id": machine, "verdict": Verdict.PASS if state == BootState.FINISHED else None}


def build_values(state: BuildState) -> dict[str, Any]:
    """What a row must hold in a state, by its constraints."""
    lease = NOW if state == BuildState.RUNNING else None
    return {"lease_expires_at": lease, "verdict": Verdict.PASS if state == BuildState.FINISHED else None}


def test_every_move_of_a_boot_is_allowed_or_a_conflict(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    for before, after in product(BootState, BootState):
        with farm.db.writing() as session:
            session.execute(update(Boot).values(state=before, **boot_values(before)))
        with farm.db.writing() as session:
            boot = boots.boot(session, number)
            if before in BOOT_TRANSITIONS[after]:
                boots.move(session, boot, after, **boot_values(after))
                assert boot.state == after
            else:
                with pytest.raises(Conflict) as refused:
                    boots.move(session, boot, after, **boot_values(after))
                assert before in refused.value.message
                assert after in refused.value.message
        assert steps.boot_now(farm, number).state == (after if before in BOOT_TRANSITIONS[after] else before)


def test_every_move_of_a_build_is_allowed_or_a_conflict(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    for before, after in product(BuildState, BuildState):
        with farm.db.writing() as session:
            session.execute(update(Build).values(state=before, **build_values(before)))
        with farm.db.writing() as session:
            build = builds.build(session, number)
            if before in BUILD_TRANSITIONS[after]:
                builds.move(session, build, after, **build_values(after))
                assert build.state == after
            else:
                with pytest.raises(Conflict) as refused:
                    builds.move(session, build, after, **build_values(after))
                assert before in refused.value.message
                assert after in refused.value.message
        assert steps.build_now(farm, number).state == (after if before in BUILD_TRANSITIONS[after] else before)


def test_a_finished_boot_and_a_finished_build_have_no_way_out() -> None:
    assert not any(BootState.FINISHED in before for before in BOOT_TRANSITIONS.values())
    assert not any(BuildState.FINISHED in before for before in BUILD_TRANSITIONS.values())


def test_a_row_that_changed_since_it_was_read_is_not_overwritten(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    assert steps.lease_boot(farm, number)
    with farm.db.reading() as session:
        seen = boots.boot(session, number)
    steps.claim_boot(farm, number)
    with farm.db.writing() as session, pytest.raises(Conflict, match="was leased but changed"):
        boots.move(session, seen, BootState.RUNNING)


def test_of_many_claims_at_once_one_wins(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    assert steps.lease_boot(farm, number)
    results = steps.at_once(*[lambda: steps.claim_boot(farm, number)] * 4)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True, True, True]


def test_of_many_claims_of_a_build_at_once_one_wins(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    results = steps.at_once(*[lambda: steps.start_build(farm, number)] * 4)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True, True, True]


def test_of_many_finishes_at_once_one_wins_and_one_retry_follows(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    steps.start_boot(farm, number)
    results = steps.at_once(*[lambda: steps.finish_boot(farm, number, Cause.POWER_FAILED)] * 3)
    assert sum(isinstance(result, Conflict) for result in results) == 2
    assert len(steps.boots_of(farm, steps.boot_now(farm, number).submission_id)) == 2


def test_two_boots_that_want_the_same_machine_at_once_get_it_one_after_the_other(
    farm: Farm, admin: Caller, project: Path
) -> None:
    first, second = steps.ready_boot(farm, admin), steps.ready_boot(farm, admin)
    results = steps.at_once(lambda: steps.lease_boot(farm, first), lambda: steps.lease_boot(farm, second))
    assert sorted(results, key=bool) == [False, True], results


def test_every_cause_has_a_verdict_that_is_not_pass_and_one_sentence_for_people() -> None:
    assert set(CAUSES) == set(Cause)
    for cause, (verdict, sentence) in CAUSES.items():
        assert verdict is verdict_of(cause) is not Verdict.PASS
        assert sentence.endswith(".")
