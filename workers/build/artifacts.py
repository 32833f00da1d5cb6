"""Finds what a build made, refuses what only looks like a file, and stores it by digest."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from farm.wire import BuiltArtifact
from workers.build.faults import CommitFault
from workers.build.image_digests import image_digests
from workers.build.limits import Limits, amount
from workers.build.pe_image import is_pe_image
from workers.build.plain_files import plain_file
from workers.farm_client import JobClient

MAX_WALKED: Final = 200_000  # names looked at for globs
MAX_NAME: Final = 100  # characters of an artifact's name that the farm can keep


@dataclass(frozen=True)
class Found:
    """A file to keep; every process that could still change it is dead."""

    name: str
    path: Path


def _translated(glob: str) -> re.Pattern[str]:
    """`**/` any folders, `*` and `?` within one name; all else is literal."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)


def _walk(root: Path) -> Iterator[str]:
    """Relative names of everything but folders below root, in order; links are named and never entered."""
    todo, walked = [root], 0
    while todo:
        folder = todo.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue  # nested deeper than a path can say, or a mode that hides it: not an artifact
        for entry in entries:
            walked += 1
            if walked > MAX_WALKED:
                raise CommitFault(f"The build left more than {MAX_WALKED} files where artifacts are looked for.")
            if entry.is_dir(follow_symlinks=False):
                todo.append(Path(entry.path))
            else:
                yield Path(entry.path).relative_to(root).as_posix()


def by_globs(globs: list[str], roots: list[Path], limits: Limits) -> list[Found]:
    """Regular files that a glob matches, in the first root that has any; CommitFault if none has."""
    if not globs:
        raise CommitFault("The plan has a command but names no artifacts.")
    patterns = [_translated(glob) for glob in globs]
    odd: list[str] = []
    for root in roots:
        found = []
        for name in _walk(root):
            if any(pattern.fullmatch(name) for pattern in patterns):
                if stat.S_ISREG((root / name).lstat().st_mode):
                    found.append(Found(name, root / name))
                else:
                    odd.append(name)
        if len(found) > limits.artifacts:
            raise CommitFault(f"{len(found)} files match the plan's artifacts; at most {limits.artifacts} are kept.")
        if found:
            return found
    if odd:
        raise CommitFault(f"{odd[0]} is a link or device; only regular files are kept as artifacts.")
    raise CommitFault(f"The build made no file that matches {', '.join(globs)}.")


def by_cargo(executables: list[str], target: Path) -> list[Found]:
    """The host's paths of what cargo named below /cache/target; CommitFault if it named nothing."""
    found = []
    for executable in executables:
        inside = PurePosixPath(executable)
        if not inside.is_relative_to("/cache/target") or ".." in inside.parts:
            raise CommitFault(f"Cargo named an executable outside of its target folder: {executable[:200]}.")
        path = target / inside.relative_to("/cache/target")
        if plain_file(path, target) != Path(os.path.realpath(target)) / inside.relative_to("/cache/target"):
            raise CommitFault(f"{executable[:200]} is a link or was removed; only regular files are kept as artifacts.")
        found.append(Found(inside.name, path))
    if not found:
        raise CommitFault("The build made no .efi file: its target or package has no UEFI binary.")
    return found


def _check_names(found: list[Found]) -> None:
    """CommitFault for a name that the farm cannot keep, people cannot read, or two files share."""
    names: set[str] = set()
    for one in found:
        shown = one.name if one.name.isprintable() else ascii(one.name)  # a byte that is no UTF-8 is not printable
        if len(one.name) > MAX_NAME:
            raise CommitFault(f"The artifact name {shown[:MAX_NAME]}... is longer than {MAX_NAME} characters.")
        if "\\" in one.name:
            raise CommitFault(f"The artifact name {shown} has a backslash, which other systems take for a folder.")
        if not one.name.isprintable():
            raise CommitFault(f"The artifact name {shown} has characters that are not printable, or is not UTF-8.")
        if one.name in names:
            raise CommitFault(f"Two artifacts have the name {shown}.")
        names.add(one.name)


def store(found: list[Found], client: JobClient, limits: Limits, interrupt: Callable[[], None]) -> list[BuiltArtifact]:
    """Upload each; between two of them the farm may say stop."""
    _check_names(found)
    stored = []
    for one in found:
        interrupt()
        size = one.path.lstat().st_size
        if size > limits.artifact:
            raise CommitFault(f"The artifact {one.name} is larger than {amount(limits.artifact)}.")
        if one.name.lower().endswith(".efi") and not is_pe_image(one.path):
            raise CommitFault(f"The artifact {one.name} is no PE image, so no firmware could start it.")
        digest = client.upload(one.path)
        known = image_digests(one.path)
        stored.append(
            BuiltArtifact(
                name=one.name, digest=digest, size=size, authenticode=known.authenticode, image_digest=known.running
            )
        )
    return stored
