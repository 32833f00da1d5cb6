"""The folders of one build, and how hostile trees are measured, given away and removed.

`du`, `chown` and `rm` do it, for they walk by descriptors: a tree nested ten thousand deep, with paths beyond
PATH_MAX, neither hides from them nor breaks their stack as it would break a recursive walk in Python.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What some folders hold: bytes on disk and number of files."""

    size: int
    files: int


def usage(folders: list[Path]) -> Usage:
    """Measure; a tree may change meanwhile, so what vanished is simply not counted."""
    return Usage(_du(folders, "--block-size=1"), _du(folders, "--inodes"))


def _du(folders: list[Path], unit: str) -> int:
    done = subprocess.run(["du", "-s", unit, "--", *map(str, folders)], capture_output=True, stdin=subprocess.DEVNULL)
    return sum(int(line.split(b"\t")[0]) for line in done.stdout.splitlines())


def remove(folder: Path) -> None:
    """Remove a tree, whatever modes its files were given."""
    if not folder.exists() and not folder.is_symlink():
        return
    if os.geteuid() != 0:
        subprocess.run(["chmod", "-R", "u+rwX", "--", str(folder)], capture_output=True)
    subprocess.run(["rm", "-rf", "--one-file-system", "--", str(folder)], check=True, capture_output=True)


def give(folder: Path, uid: int | None) -> None:
    """Make a tree the sandbox's own, so that it can write there."""
    if uid is not None:
        subprocess.run(["chown", "-R", "-h", f"{uid}:{uid}", "--", str(folder)], check=True, capture_output=True)


@dataclass(frozen=True)
class Workspace:
    """The private folder of one build, gone at its end."""

    root: Path

    @property
    def source(self) -> Path:
        """The checkout."""
        return self.root / "src"

    @property
    def out(self) -> Path:
        """What the build sees as $BOOTFARM_OUT."""
        return self.root / "out"


@contextmanager
def workspace(run_folder: Path, name: str) -> Iterator[Workspace]:
    """A fresh `build-<id>-<fence>`; an older folder of this name was left by a worker that died."""
    root = run_folder / name
    remove(root)
    for folder in (root, root / "out"):
        folder.mkdir(parents=True)
    try:
        yield Workspace(root)
    finally:
        remove(root)


def clean_leftovers(run_folder: Path, is_dead: Callable[[str], bool]) -> list[str]:
    """Remove `build-<id>-<fence>` folders of dead builds; the names of those removed."""
    removed = []
    for path in run_folder.glob("build-*-*"):
        if is_dead(path.name):  # asked right before, because a build may begin while others' folders are removed
            remove(path)
            removed.append(path.name)
    return removed


def spare(folder: Path) -> int:
    """Bytes that are left on a folder's file system."""
    return shutil.disk_usage(folder).free
