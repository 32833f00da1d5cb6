"""Machines, labs and workers."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from farm import machines
from farm.database import now
from farm.errors import BadRequest, Conflict, NotFound
from farm.farm import Farm
from farm.machines import Health, Machine, MachineState, Worker
from tests.farm import farm_steps as steps


def test_a_new_machine_is_idle_and_nobody_knows_how_it_is(farm: Farm) -> None:
    steps.add_machine(farm, "nuc-1", tags=["tpm", "rack1", "tpm"])
    with farm.db.reading() as session:
        found = machines.machine(session, "nuc-1")
    assert (found.state, found.health, found.held, found.reason) == ("idle", "unknown", False, "")
    assert (found.tags, found.firmware, found.pool, found.lab.name) == (["rack1", "tpm"], ["ovmf"], "default", "local")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "NUC"},
        {"name": "a b"},
        {"name": ""},
        {"name": "-x"},
        {"name": "x" * 64},
        {"name": "x\n"},
        {"tags": ["tag:x"]},
        {"pool": "*"},
        {"lab": "../x"},
        {"driver": "telnet"},
    ],
)
def test_a_machine_with_a_name_that_a_plan_could_not_say_is_refused(farm: Farm, wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequest) as refused:
        steps.add_machine(farm, **{"name": "nuc", **wrong})  # type: ignore[arg-type]
    assert refused.value.next_step


def test_a_name_is_taken_once(farm: Farm) -> None:
    steps.add_machine(farm, "nuc")
    with pytest.raises(Conflict, match="nuc"):
        steps.add_machine(farm, "nuc")


def test_an_unknown_machine_is_refused_with_the_nearest_name(farm: Farm) -> None:
    steps.add_machine(farm, "nuc-1")
    with farm.db.reading() as session, pytest.raises(NotFound) as refused:
        machines.machine(session, "nuc-l")
    assert "nuc-1" in refused.value.next_step


def test_out_of_service_needs_a_reason_and_back_forgets_it(farm: Farm) -> None:
    steps.add_machine(farm, "nuc")
    with farm.db.writing() as session:
        found = machines.machine(session, "nuc")
        with pytest.raises(BadRequest):
            machines.take_offline(session, found, "  ")
        machines.take_offline(session, found, " fan ")
        assert (found.state, found.reason, found.facts().available) == (MachineState.OFFLINE, "fan", False)
        machines.take_offline(session, found, "fan and dust")
        machines.bring_online(session, found)
        assert (found.state, found.reason, found.held) == (MachineState.IDLE, "", False)
        machines.bring_online(session, found)
        assert found.state == MachineState.IDLE


def test_bringing_back_a_machine_that_was_taken_for_broken_gives_it_boots_again(farm: Farm) -> None:
    steps.add_machine(farm, "nuc")
    with farm.db.writing() as session:
        session.execute(update(Machine).values(health=Health.BAD, failures_in_a_row=3, reason="3 faults in a row"))
    with farm.db.writing() as session:
        machines.bring_online(session, machines.machine(session, "nuc"))
    with farm.db.reading() as session:
        found = machines.machine(session, "nuc")
    assert (found.health, found.failures_in_a_row, found.reason) == (Health.UNKNOWN, 0, "")


def test_bringing_back_a_machine_while_it_is_leased_only_ends_the_wish(farm: Farm) -> None:
    steps.add_machine(farm, "nuc")
    with farm.db.writing() as session:
        found = machines.machine(session, "nuc")
        found.state = MachineState.LEASED
        machines.take_offline(session, found, "fan")
        assert (found.state, found.held) == (MachineState.LEASED, True)
        machines.bring_online(session, found)
        assert (found.state, found.held) == (MachineState.LEASED, False)


def test_a_hello_makes_the_lab_and_the_worker_once(farm: Farm) -> None:
    for toolchain in ("rustc 1", "rustc 2"):
        steps.hello(farm, lab="cellar", toolchain=toolchain)
    with farm.db.reading() as session:
        (worker,) = machines.workers(session)
        assert (worker.lab.name, worker.toolchain, worker.kinds, worker.is_alive) == (
            "cellar",
            "rustc 2",
            "boot build",
            True,
        )
        assert machines.labs_with_workers(session) == {worker.lab_id}
        assert (machines.builders_alive(session), machines.builder_toolchain(session)) == (1, "rustc 2")


def test_a_worker_that_is_silent_is_taken_for_gone(farm: Farm) -> None:
    steps.hello(farm)
    with farm.db.writing() as session:
        session.execute(update(Worker).values(last_seen_at=now() - timedelta(seconds=21)))
    with farm.db.reading() as session:
        assert not machines.workers(session)[0].is_alive
        assert machines.labs_with_workers(session) == set()
        assert machines.builders_alive(session) == 0
        assert machines.builder_toolchain(session) == steps.TOOLS


def test_a_worker_that_only_builds_serves_no_boots(farm: Farm) -> None:
    steps.hello(farm, kinds=["build"])
    with farm.db.reading() as session:
        assert machines.labs_with_workers(session) == set()
        assert machines.builders_alive(session) == 1


def test_before_any_hello_nobody_knows_the_tools(farm: Farm) -> None:
    with farm.db.reading() as session:
        assert machines.builder_toolchain(session) == ""
        assert machines.lab_or_none(session, "local") is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"options": {"memory_mb": 512}}, 'no option "memory_mb"'),
        ({"driver": "ipmi"}, 'no driver "ipmi"'),
        ({"firmware": ["nosuchfw"]}, 'firmware "nosuchfw"'),
    ],
)
def test_a_machine_that_no_worker_could_run_is_refused_at_once(
    farm: Farm, values: dict[str, object], says: str
) -> None:
    with pytest.raises(BadRequest, match=says), farm.db.writing() as session:
        machines.add_machine(session, **{"name": "m", "lab": "local", "driver": "libvirt", **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("driver", "options", "tier"),
    [
        ("libvirt", {}, "affirming"),
        ("libvirt", {"tpm": True}, "affirming"),
        ("libvirt", {"tpm": False}, "warning"),
        ("null", {}, "warning"),
    ],
)
def test_only_a_tpm_of_its_own_lets_a_machine_reach_affirming(
    farm: Farm, driver: str, options: dict[str, bool], tier: str
) -> None:
    with farm.db.writing() as session:
        made = machines.add_machine(session, name="vm", lab="local", driver=driver, options=dict(options))
        assert made.facts().best_tier == tier
