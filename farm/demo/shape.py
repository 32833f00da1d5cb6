"""How large a made-up history is, and which part each machine plays in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SPAN = timedelta(days=100)


class Part(StrEnum):
    """What a machine is there to show."""

    PLAIN = "plain"
    DETOUR = "detour"  # lately another program runs before the image: PCR 4, unexplained, contraindicated
    FLAPPING = "flapping"  # PCR 1 goes back and forth between two values
    UPDATED = "updated"  # its firmware was updated; the new values were approved some boots later
    ERROR = "error"  # the verifier failed on its newest boot
    SILENT = "silent"  # boots on, but gives no evidence any more
    NEVER = "never"  # never gave any
    UNBOUND = "unbound"  # without a platform key, so a warning at best


_NAMED = {
    "rack1-09": Part.DETOUR,
    "rack1-12": Part.FLAPPING,
    "nuc-07": Part.UPDATED,
    "rack1-10": Part.ERROR,
    "rack1-03": Part.SILENT,
    "nuc-09": Part.NEVER,
    "qemu-01": Part.UNBOUND,
}
LEAST_MACHINES = len(_NAMED)
LEAST_COMMITS = 20


@dataclass(frozen=True)
class MadeUpMachine:
    """One machine of the story."""

    number: int  # its id, from 1
    name: str
    part: Part

    @property
    def kind(self) -> str:
        """`rack1`, `nuc` or `qemu`."""
        return self.name.rpartition("-")[0]


@dataclass(frozen=True)
class Shape:
    """The size: so many commits, spread over `SPAN` up to `end` (UTC), each booted on every machine."""

    end: datetime
    machines: int = 40
    commits: int = 1000

    def __post_init__(self) -> None:
        """Refuse what has no room for every part.

        Raises:
            ValueError: too few machines or commits.
        """
        if self.machines < LEAST_MACHINES or self.commits < LEAST_COMMITS:
            raise ValueError(f"a made-up farm has at least {LEAST_MACHINES} machines and {LEAST_COMMITS} commits")

    @property
    def cast(self) -> list[MadeUpMachine]:
        """All machines: first those that show something."""
        others = (f"{kind}-{n:02}" for n in range(1, self.machines) for kind in ("rack1", "nuc", "qemu"))
        names = [*_NAMED, *(name for name in others if name not in _NAMED)][: self.machines]
        return [MadeUpMachine(n, name, _NAMED.get(name, Part.PLAIN)) for n, name in enumerate(names, 1)]

    def submitted_at(self, commit: int) -> datetime:
        """When the commit of this number, from 0, was submitted."""
        return self.end - SPAN * ((self.commits - commit) / self.commits)

    def boot(self, commit: int, machine: MadeUpMachine) -> int:
        """The id of the boot of a commit on a machine."""
        return commit * self.machines + machine.number
