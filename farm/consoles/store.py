"""All console streams of a farm, below one folder: `<root>/<owner>/<stream>/`."""

import errno
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from farm.consoles.errors import disk_faults
from farm.consoles.limits import Limits
from farm.consoles.stream import GONE, Stream
from farm.errors import BadRequest

_OWNER = re.compile(r"[a-z]{1,20}-[1-9][0-9]{0,17}")
# What workers send: of a boot, of a build. Names that anybody may invent would be files without end.
STREAMS = frozenset({"serial", "build"})


class ConsoleStore:
    """Finds streams by owner (`boot-12`, `build-7`) and name (`STREAMS`)."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        """`root` need not exist yet; the default limits are meant for every farm."""
        self._root = root
        self._limits = limits or Limits()

    def stream(self, owner: str, name: str) -> Stream:
        """The stream, begun or not. Raises BadRequest for any other name."""
        if name not in STREAMS:
            raise BadRequest(f'"{name[:40]}" is not the name of a console.', next_step="Names are serial and build.")
        return Stream(self._folder(owner) / name, self._limits)

    def owners(self) -> list[str]:
        """Who has streams, in no order."""
        with disk_faults(self._root):
            names = [path.name for path in self._root.iterdir()] if self._root.exists() else []
        return [name for name in names if _OWNER.fullmatch(name)]

    def streams(self, owner: str) -> list[str]:
        """The names of an owner's streams that have begun, in order."""
        folder = self._folder(owner)
        with disk_faults(folder):
            names = [path.name for path in folder.iterdir()] if folder.exists() else []
        return sorted(name for name in names if name in STREAMS)

    def has_open(self, owner: str) -> bool:
        """Whether one of an owner's streams may still grow."""
        return any(self.stream(owner, name).finished() is None for name in self.streams(owner))

    def finish_all(self, owner: str) -> None:
        """End all streams of an owner whose job has its verdict. Safe to repeat."""
        for name in self.streams(owner):
            self.stream(owner, name).finish()

    def delete_owner(self, owner: str) -> None:
        """Remove all streams of an owner, and what a killed delete left. Safe to repeat."""
        folder = self._folder(owner)
        with disk_faults(folder):
            for name in self.streams(owner):
                self.stream(owner, name).delete()
            for left in folder.glob(GONE + "*"):
                shutil.rmtree(left, ignore_errors=True)
            _remove_if_empty(folder)

    def prune(self, is_wanted: Callable[[str], bool]) -> list[str]:
        """Delete the streams of every owner that `is_wanted` denies, and name these owners: the retention pass."""
        unwanted = [owner for owner in self.owners() if not is_wanted(owner)]
        for owner in unwanted:
            self.delete_owner(owner)
        return unwanted

    def _folder(self, owner: str) -> Path:
        if not _OWNER.fullmatch(owner):
            raise BadRequest(f'"{owner[:40]}" is not the owner of a console.', next_step="Owners look like boot-12.")
        return self._root / owner


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        # A stream began meanwhile; its owner stays.
        if error.errno != errno.ENOTEMPTY:
            raise
