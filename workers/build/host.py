"""What a build needs to know about the machine that it runs on, and the warm folders of each repository there."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mirrors import UrlPolicy
from workers.build import folders
from workers.build.limits import Limits
from workers.holds import Holds


@dataclass(frozen=True)
class BuildHost:
    """Given by the caller, once per worker."""

    cache: Path  # root of what stays warm; may be deleted at any time when no build runs
    run: Path  # root of the builds' private folders; on a disk, not in memory
    policy: UrlPolicy = field(default_factory=UrlPolicy)
    limits: Limits = field(default_factory=Limits)
    cargo_config: Path | None = None  # the user's own, for registry mirrors; never its credentials
    git_seconds: float = 120
    held: Holds = field(default_factory=Holds, init=False, repr=False, compare=False)  # names of folders in `run`

    @property
    def mirrors(self) -> Path:
        """Root of the bare mirrors."""
        return self.cache / "mirrors"


@dataclass(frozen=True)
class WarmCache:
    """The warm folders of one repository. `seen` lies where no sandbox can write."""

    root: Path

    @property
    def target(self) -> Path:
        """CARGO_TARGET_DIR."""
        return self.root / "target"

    @property
    def cargo(self) -> Path:
        """CARGO_HOME: the registry's index and crates."""
        return self.root / "cargo"

    @property
    def seen(self) -> Path:
        """The index of modification times, see mirrors/seen.py."""
        return self.root / "seen.sqlite"


@contextmanager
def warm_cache(host: BuildHost, name: str, uid: int | None, interrupt: Callable[[], None]) -> Iterator[WarmCache]:
    """The warm folders of one repository, held alone; waits for another build of it, and `interrupt` may end the wait.

    Time in this wait counts against no limit of the build: it is the farm that sent two at once.
    """
    cache = WarmCache(host.cache / "builds" / name)
    cache.root.mkdir(parents=True, exist_ok=True)
    with (cache.root / "lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                interrupt()
                time.sleep(0.2)
        _prepare(cache, host.limits, uid)
        yield cache


def _prepare(cache: WarmCache, limits: Limits, uid: int | None) -> None:
    if cache.target.exists() and folders.usage([cache.target]).size > limits.disk // 2:
        folders.remove(cache.target)  # old builds' leavings would count against this one; begin anew
    for folder in (cache.target, cache.cargo):
        if folder.is_symlink() or not folder.is_dir():
            folders.remove(folder)
            folder.mkdir()
        folder.chmod(0o755)  # a build owns the folder's mode as well
        # The uid follows from the cache's name, so only a worker that changed its own user finds strangers' files.
        if uid is not None and folder.stat().st_uid != uid:
            folders.give(folder, uid)
