"""A machine that says what a test tells it: the parrot application, and the console that reaches it."""

import base64
from pathlib import Path

from sqlalchemy import select

from farm.appraisals.table import AppraisalRow
from farm.boots import Boot
from tests.conftest import commit_files, git, wait_until
from tests.running_farm import RunningFarm

PLAN = """\
schema = 1
[build]
command = "cp app.efi $BOOTFARM_OUT"
artifacts = ["app.efi"]
[boot]
machines = ["{machine}"]
timeout = "90s"
infra_retries = 0
[pass]
line = "{line}"
[attest]
require = "affirming"
{allow}
"""
_END = b"\x04"


class Attested:
    """A repository in which each commit holds one application, whose evidence must be affirming."""

    def __init__(self, farm: RunningFarm, name: str) -> None:
        self.farm, self.name, self.folder = farm, name, farm.folder / name
        commit_files(self.folder, {"README": "applications that attest"})
        farm.add_repository(self.folder, name)

    def submit(self, app: Path, *, line: str, machine: str = "qemu-1", allow: str = "") -> int:
        """Commit an application and boot it; the boot's number."""
        (self.folder / "app.efi").write_bytes(app.read_bytes())
        (self.folder / ".bootfarm.toml").write_text(PLAN.format(machine=machine, line=line, allow=allow))
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", f"Boot {app.name}")
        return int(self.farm.submit(self.name, ref="main")["boots"][0]["id"].removeprefix("boot-"))

    def row(self, boot: int) -> Boot:
        """What the farm knows of a boot."""
        with self.farm.farm.db.reading() as session:
            return session.get_one(Boot, boot)

    def ended(self, boot: int) -> Boot:
        """The boot, once it has ended."""
        wait_until(f"boot-{boot} has ended", lambda: self.row(boot).finished_at, 150, 0.2)
        return self.row(boot)

    def appraisal(self, boot: int) -> AppraisalRow:
        """The first appraisal of a boot that has ended."""
        self.ended(boot)
        with self.farm.farm.db.reading() as session:
            return session.scalars(select(AppraisalRow).where(AppraisalRow.boot_id == boot)).one()

    def tell(self, boot: int, *blocks: bytes) -> None:
        """Have the parrot of a running boot say these, then power off."""
        wait_until("the parrot listens", lambda: b"PARROT LISTENS" in self.farm.console(f"boot-{boot}"), 90, 0.2)
        [pipe] = self.farm.folder.glob(f"run-booter/boot-{boot}-*/console.in")
        with pipe.open("wb", buffering=0) as keyboard:
            keyboard.write(b"".join(blocks) + _END)

    def nonce(self, boot: int) -> bytes:
        """The farm's nonce for a boot that was claimed, which any application may read from its medium."""
        wait_until("the boot is claimed", lambda: self.row(boot).nonce, 60, 0.1)
        return bytes.fromhex(self.row(boot).nonce)

    def image_digest(self, boot: int) -> bytes:
        """What the boot's image must measure."""
        build = self.farm.get(f"/builds/build-{self.row(boot).build_id}")
        return bytes.fromhex(build["artifacts"][0]["image_digest"])


def framed(kind: str, data: bytes) -> bytes:
    """A block as it stands on a console."""
    text = base64.b64encode(data)
    lines = [text[at : at + 76] for at in range(0, len(text), 76)]
    return b"\r\n".join([f"---BEGIN CITADEL-{kind}---".encode(), *lines, f"---END CITADEL-{kind}---".encode(), b""])
