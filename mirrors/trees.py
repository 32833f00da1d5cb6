"""What a tree holds, read without a work tree; and a patch applied to one in a temporary index."""

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from mirrors.errors import MirrorCode, MirrorError
from mirrors.git import GIT_MEMORY, Git, reason

MAX_ENTRIES: Final = 300_000  # the Linux kernel has 90,000; trees nested in trees name billions in a few kB
MAX_LISTING: Final = 64 << 20  # bytes of `ls-tree` output
SUBMODULE: Final = "160000"
SYMLINK: Final = "120000"
FOLDER: Final = "040000"


@dataclass(frozen=True)
class Entry:
    """One path of a tree: a file, symbolic link, folder or submodule."""

    mode: str
    blob: str  # hash of its content, of the subtree, or of the submodule's commit
    size: int
    path: bytes


def entries(git: Git, tree: str) -> list[Entry]:
    """Everything below a tree, folders before what they hold. MirrorError `too-large` for a tree made to explode."""
    listing = git.run("ls-tree", "-r", "-t", "-z", "-l", "--full-tree", tree, max_output=MAX_LISTING)
    found = [_entry(line) for line in listing.split(b"\0") if line]
    if len(found) > MAX_ENTRIES:
        raise MirrorError(MirrorCode.TOO_LARGE, f"The tree has more than {MAX_ENTRIES} files.")
    return found


def _entry(line: bytes) -> Entry:
    head, _, path = line.partition(b"\t")
    mode, _kind, blob, size = head.decode().split()
    return Entry(mode, blob, 0 if size == "-" else int(size), path)


@lru_cache(maxsize=128)
def read_file(git: Git, tree: str, path: str, max_bytes: int) -> bytes | None:
    """A regular file's bytes, or None if there is none; a symbolic link anywhere on the way counts as none.

    `tree` is the full hash of a commit or tree, so what is in it never changes and is asked for once.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        return None
    listing = git.run("ls-tree", "-z", "-l", "--full-tree", tree, "--", "/".join(parts))
    found = [_entry(line) for line in listing.split(b"\0") if line]
    if len(found) != 1 or not found[0].mode.startswith("100"):
        return None
    if found[0].size > max_bytes:
        raise MirrorError(
            MirrorCode.TOO_LARGE, f"{path} has {found[0].size} bytes; at most {max_bytes} are read.", "Make it smaller."
        )
    return git.run("cat-file", "blob", found[0].blob)


def apply_patch(git: Git, commit: str, patch: bytes) -> str:
    """The tree that the patch makes of the commit's; its objects stay in the mirror, no ref is written."""
    entries(git, commit)  # refuses a tree that the index could not hold
    with tempfile.TemporaryDirectory(prefix="bootfarm-index-") as folder:
        index = Path(folder) / "index"
        git.run("read-tree", commit, index=index)
        done = git.try_run(
            "apply", "--cached", "--whitespace=nowarn", "-", stdin=patch, index=index, max_memory=GIT_MEMORY
        )
        if done.status != 0:
            raise MirrorError(
                MirrorCode.PATCH_DOES_NOT_APPLY,
                f"The patch does not apply to {commit[:12]}: {reason(done.stderr)}.",
                "Make it with `git diff` against exactly this commit.",
            )
        return git.run("write-tree", index=index).decode().strip()
