"""The git checkout around the current folder: what `submit` and `up` imply when nothing is said."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError

_HOST_AND_PATH = re.compile(r"(?:[a-z+]+://)?(?:[^@/]*@)?(?P<host>[^:/]+)(?::\d+(?=/))?[:/]+(?P<path>.+)")


@dataclass(frozen=True)
class Checkout:
    """A git work tree with at least one commit. `branch` is "" when HEAD is detached."""

    folder: Path
    head: str
    branch: str

    def remotes(self) -> list[str]:
        """The URLs of all remotes."""
        text = _git(self.folder, "config", "--get-regexp", r"^remote\..*\.url$") or ""
        return [line.split(None, 1)[1] for line in text.splitlines() if " " in line]

    def is_dirty(self) -> bool:
        """Whether tracked files differ from HEAD, or there are files that git neither knows nor ignores."""
        return bool(_git(self.folder, "status", "--porcelain"))

    def changes(self) -> bytes:
        """All that `git diff HEAD` has, as a patch that applies to HEAD whatever the person's git settings are."""
        argv = (
            "diff",
            "--binary",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        )
        return _run(self.folder, *argv, "HEAD").stdout

    def knows(self, url: str) -> bool:
        """Whether a repository's URL is this checkout, or one of its remotes however it is written."""
        if url == str(self.folder):
            return True
        return same_place(url) in {same_place(remote) for remote in self.remotes()}

    def pushed_base(self) -> str:
        """The newest commit of HEAD's history that some remote has, "" when none is known."""
        unpushed = _git(self.folder, "rev-list", "--boundary", "HEAD", "--not", "--remotes") or ""
        return next((line[1:] for line in unpushed.splitlines() if line.startswith("-")), "")


def checkout_or_none(folder: Path | None = None) -> Checkout | None:
    """The checkout that holds this folder, None when there is none or it has no commit."""
    here = folder or Path.cwd()
    top = _git(here, "rev-parse", "--show-toplevel")
    head = _git(here, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if not top or not head:
        return None
    return Checkout(Path(top).resolve(), head, _git(here, "symbolic-ref", "--quiet", "--short", "HEAD") or "")


def same_place(url: str) -> str:
    """Host and path of a URL, so that https and ssh forms of one repository compare equal; a path stays a path."""
    text = url.strip().removeprefix("file://").rstrip("/").removesuffix(".git")
    match = None if text.startswith("/") else _HOST_AND_PATH.fullmatch(text)
    return f"{match['host'].lower()}/{match['path']}" if match else text


def _git(folder: Path, *argv: str) -> str | None:
    done = _run(folder, *argv)
    return done.stdout.decode(errors="surrogateescape").strip() if done.returncode == 0 else None


def _run(folder: Path, *argv: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *argv], capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"}
        )
    except FileNotFoundError as error:
        raise CliError("There is no git here.", "Install git, or name repository and commit.") from error
