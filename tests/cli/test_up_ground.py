"""What `up` finds of an earlier one: machines that this host broke are tried again, what a person did stays."""

from pathlib import Path

from cli.up.ground import MACHINES, prepare_ground
from farm import machines
from farm.farm import Farm
from farm.machines import Health, MachineState
from farm.settings import Settings


def test_machines_that_were_taken_for_broken_are_tried_again(tmp_path: Path) -> None:
    broken, moved = MACHINES
    farm = Farm(Settings(home=tmp_path, secret_key="x"))
    prepare_ground(farm, None, tmp_path / "worker-token")
    with farm.db.writing() as session:
        for name in MACHINES:
            machines.machine(session, name).health = Health.BAD
        machines.take_offline(session, machines.machine(session, moved), "being moved")
    prepare_ground(farm, None, tmp_path / "worker-token")
    with farm.db.reading() as session:
        found = {name: machines.machine(session, name) for name in MACHINES}
        assert (found[broken].health, found[broken].state) == (Health.UNKNOWN, MachineState.IDLE)
        assert (found[moved].health, found[moved].reason) == (Health.BAD, "being moved")
    farm.db.dispose()
