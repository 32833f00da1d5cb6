"""Dispatch: who gets which machine, in which order, and why the others wait."""

from pathlib import Path

import pytest
from sqlalchemy import update

from farm import boots, dispatch, leases, machines, passes, repositories
from farm.access import Caller
from farm.errors import Conflict
from farm.farm import Farm
from farm.machines import Health, Machine
from farm.states import BootState
from tests.conftest import PLAN, commit_files
from tests.farm import farm_steps as steps


@pytest.fixture
def other(farm: Farm, project: Path, tmp_path: Path) -> str:
    """A second repository."""
    folder = tmp_path / "other"
    commit_files(folder, {".bootfarm.toml": PLAN, "image.efi": "MZ other"})
    with farm.db.writing() as session:
        repositories.add_repository(session, farm.url_policy, url=str(folder), name="other")
    return "other"


def lease_all(farm: Farm) -> list[int]:
    """Boots that get a machine now, in order."""
    with farm.db.writing() as session:
        return [number for number, _ in dispatch.lease_waiting(session, 60)]


def reason(farm: Farm, number: int) -> tuple[str, bool]:
    with farm.db.writing() as session:
        dispatch.explain_waiting(session)
    found = steps.boot_now(farm, number)
    return found.waiting_reason, found.cant_start


def offline(farm: Farm, *names: str) -> None:
    with farm.db.writing() as session:
        for name in names:
            machines.take_offline(session, machines.machine(session, name), "new fan")


def more_machines(farm: Farm, count: int) -> None:
    for number in range(3, 3 + count):
        steps.add_machine(farm, f"null-{number}")


def test_every_free_machine_gets_one_boot(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    numbers = [steps.ready_boot(farm, admin) for _ in range(3)]
    assert lease_all(farm) == numbers[:2]
    assert lease_all(farm) == []
    assert {steps.boot_now(farm, number).machine_id for number in numbers[:2]} == {1, 2}


def test_every_repository_gets_its_first_before_any_gets_its_second(
    farm: Farm, admin: Caller, project: Path, other: str
) -> None:
    more_machines(farm, 2)
    steps.hello(farm)
    flood = [steps.ready_boot(farm, admin) for _ in range(4)]
    small = [steps.ready_boot(farm, admin, repository=other) for _ in range(2)]
    assert lease_all(farm) == [flood[0], small[0], flood[1], small[1]]


def test_priority_goes_before_fairness_and_age(farm: Farm, admin: Caller, project: Path, other: str) -> None:
    steps.hello(farm)
    steps.ready_boot(farm, admin)
    steps.ready_boot(farm, admin, repository=other)
    urgent = [steps.ready_boot(farm, admin, priority=5) for _ in range(2)]
    assert lease_all(farm) == urgent


def test_a_boot_that_wants_one_machine_waits_for_that_one(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    first, second = (steps.ready_boot(farm, admin, machines=("null-2",)) for _ in range(2))
    anywhere = steps.ready_boot(farm, admin)
    assert lease_all(farm) == [first, anywhere]
    assert steps.boot_now(farm, first).machine_id == 2
    steps.finish_boot(farm, anywhere)
    assert lease_all(farm) == []
    steps.finish_boot(farm, first)
    assert lease_all(farm) == [second]


def test_a_selector_and_a_firmware_both_narrow_the_choice(farm: Farm, admin: Caller, project: Path) -> None:
    steps.add_machine(farm, "nuc-1", tags=["tpm"], firmware=["ovmf", "coreboot"])
    steps.add_machine(farm, "nuc-2", tags=["tpm"])
    steps.hello(farm)
    tpm = steps.ready_boot(farm, admin, machines=("pool:default & tag:tpm",), firmware=("coreboot",))
    assert lease_all(farm) == [tpm]
    assert steps.boot_now(farm, tpm).machine_id == 3


def test_machines_out_of_service_or_broken_or_in_a_silent_lab_get_nothing(
    farm: Farm, admin: Caller, project: Path
) -> None:
    steps.add_machine(farm, "far", lab="moon")
    number = steps.ready_boot(farm, admin)
    offline(farm, "null-1")
    with farm.db.writing() as session:
        session.execute(update(Machine).where(Machine.name == "null-2").values(health=Health.BAD))
    steps.hello(farm)
    assert lease_all(farm) == []
    steps.hello(farm, lab="moon")
    assert lease_all(farm) == [number]


def test_the_machine_that_rested_longest_is_taken_first(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    first = steps.ready_boot(farm, admin)
    steps.start_boot(farm, first, "null-1")
    steps.finish_boot(farm, first)
    second = steps.ready_boot(farm, admin)
    lease_all(farm)
    assert steps.boot_now(farm, second).machine_id == 2


def test_boots_that_wait_for_busy_machines_do_not_hide_those_for_free_ones(
    farm: Farm, admin: Caller, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_BATCH", 3)
    steps.add_machine(farm, "metal", pool="metal", lab="moon")
    steps.hello(farm)
    for _ in range(4):
        steps.ready_boot(farm, admin, machines=("pool:metal",))
    number = steps.ready_boot(farm, admin)
    assert lease_all(farm) == [number]


def test_a_boot_whose_build_has_not_passed_gets_no_machine(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    steps.submit(farm, admin)
    assert lease_all(farm) == []


def test_a_boot_says_which_part_of_its_build_it_waits_for(farm: Farm, admin: Caller, project: Path) -> None:
    boot = steps.boots_of(farm, steps.submit(farm, admin))[0]
    assert reason(farm, boot.id) == (
        f"Waits for build-{boot.build_id}, and no build worker has said anything for a while.",
        False,
    )
    steps.hello(farm)
    assert reason(farm, boot.id) == (f"Waits for build-{boot.build_id}, which waits for a builder.", False)
    steps.start_build(farm, boot.build_id)
    assert reason(farm, boot.id) == (f"Waits for build-{boot.build_id}, which is running.", False)


def test_a_boot_says_what_keeps_its_machine_from_it(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    assert reason(farm, number) == ('Lab "local" has no worker that answers.', False)
    steps.hello(farm)
    assert reason(farm, number) == ("Waits for a free machine; 2 can run it, all busy.", False)
    with farm.db.writing() as session:
        session.execute(update(Machine).values(health=Health.BAD, reason="3 faults in a row"))
    assert reason(farm, number) == ("null-1, null-2: taken for broken: 3 faults in a row", True)
    offline(farm, "null-1", "null-2")
    assert reason(farm, number) == ("null-1, null-2: out of service: new fan", True)
    with farm.db.writing() as session:
        session.execute(update(Machine).values(pool="other"))
    assert reason(farm, number) == ('No machine matches "pool:default" any more.', True)


def test_a_boot_that_can_start_again_does(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    number = steps.ready_boot(farm, admin)
    offline(farm, "null-1", "null-2")
    assert reason(farm, number)[1]
    with farm.db.writing() as session:
        machines.bring_online(session, machines.machine(session, "null-1"))
    assert lease_all(farm) == [number]
    found = steps.boot_now(farm, number)
    assert (found.waiting_reason, found.cant_start) == ("", False)


def test_the_end_of_a_long_queue_gets_its_reasons_too(farm: Farm, admin: Caller, project: Path) -> None:
    numbers = [steps.ready_boot(farm, admin) for _ in range(3)]
    for _ in range(3):
        with farm.db.writing() as session:
            dispatch.explain_waiting(session, limit=1)
    assert all(steps.boot_now(farm, number).waiting_reason for number in numbers)


def test_a_boot_that_was_cancelled_meanwhile_costs_one_pass_and_no_machine(
    farm: Farm, admin: Caller, project: Path
) -> None:
    number = steps.ready_boot(farm, admin)
    with farm.db.reading() as session:
        seen = boots.boot(session, number)
    with farm.db.writing() as session:
        boots.cancel(session, boots.boot(session, number), "ada")
    with pytest.raises(Conflict), farm.db.writing() as session:
        boots.lease(session, seen, machines.machine(session, "null-1"), leases.seconds_from_now(60))
    with farm.db.reading() as session:
        assert machines.machine(session, "null-1").state == "idle"


def test_two_dispatch_passes_at_once_give_every_boot_one_machine(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    numbers = [steps.ready_boot(farm, admin) for _ in range(2)]
    steps.at_once(lambda: passes.dispatch_one(farm), lambda: passes.dispatch_one(farm))
    passes.dispatch_one(farm)
    found = [steps.boot_now(farm, number) for number in numbers]
    assert [boot.state for boot in found] == [BootState.LEASED] * 2
    assert len({boot.machine_id for boot in found}) == 2
