"""One running farm for all tests that do not break it, and a project whose image is any of the test applications."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import commit_files, git
from tests.efi_apps import build_app
from tests.running_farm import RunningFarm, running_farm

PLAN = """\
schema = 1
[build]
command = "cp app.efi $BOOTFARM_OUT"
artifacts = ["app.efi"]
[boot]
machines = ["{machine}"]
timeout = "60s"
silence = "{silence}"
infra_retries = {retries}
[pass]
line = "BOOTFARM READY"
"""


class Project:
    """A repository in which each commit holds one application."""

    def __init__(self, farm: RunningFarm, name: str = "project") -> None:
        self.farm = farm
        self.name = name
        self.folder = farm.folder / name
        commit_files(self.folder, {"README": "test applications"})
        farm.add_repository(self.folder, name)

    def commit(self, app: str, *, machine: str = "qemu-1", silence: str = "50s", retries: int = 0) -> str:
        """Commit an application and a plan; the hash."""
        (self.folder / "app.efi").write_bytes(build_app(app).read_bytes())
        (self.folder / ".bootfarm.toml").write_text(PLAN.format(machine=machine, silence=silence, retries=retries))
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", f"Boot {app}")
        return git(self.folder, "rev-parse", "HEAD")

    def commit_script(self, command: str, **files: str) -> str:
        """Commit a plan whose build is any command."""
        build = f'[build]\ncommand = """{command}"""\nartifacts = ["*.efi", "*.img"]\n'
        plan = f'schema = 1\n{build}[boot]\nmachines = ["null-1"]\n'
        return commit_files(self.folder, {".bootfarm.toml": plan, **files}, f"Build by {command[:20]}")


@pytest.fixture(scope="session")
def shared_farm() -> Iterator[RunningFarm]:
    """A farm for tests that leave it as it was."""
    with running_farm() as farm:
        farm.add_machine("qemu-1", "libvirt")
        farm.add_machine("null-1", "null", script=["BOOTFARM READY"])
        yield farm


@pytest.fixture(scope="session")
def shared_project(shared_farm: RunningFarm) -> Project:
    """Its project."""
    return Project(shared_farm)


@pytest.fixture
def own_farm() -> Iterator[RunningFarm]:
    """A farm that a test may break: leases end soon, messages are sent again soon."""
    with RunningFarm(lease_seconds=4, heartbeat_seconds=0.5, reconcile_seconds=0.5, resend_seconds=2) as farm:
        farm.add_machine("qemu-1", "libvirt")
        farm.add_machine("null-1", "null", script=["BOOTFARM READY"])
        yield farm


@pytest.fixture
def own_project(own_farm: RunningFarm) -> Project:
    """Its project."""
    return Project(own_farm)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """This repository."""
    return Path(__file__).parent.parent.parent
