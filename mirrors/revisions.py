"""From what people write to one full commit hash: branch, tag, full ref, full or abbreviated hash."""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mirrors.errors import MirrorCode, MirrorError
from mirrors.git import Git

FULL_HASH: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
SHORT_HASH: Final = re.compile(r"[0-9a-f]{7,64}")
MAX_REF: Final = 250  # characters
KEPT: Final = "refs/bootfarm/"  # what was fetched beside branches and tags; never pruned, never listed
FIELDS: Final = "%H%x00%T%x00%s%x00%an <%ae>%x00%at"
PREFIXES: Final = {"refs/heads/": "branch", "refs/tags/": "tag"}


@dataclass(frozen=True)
class Commit:
    """One commit. `authored_at` is what its author claims, in UTC."""

    sha: str
    tree: str
    subject: str
    author: str
    authored_at: datetime


@dataclass(frozen=True)
class Ref:
    """A branch or tag and the commit it names now."""

    name: str  # full, such as refs/heads/main
    sha: str

    @property
    def short(self) -> str:
        """The name as people write it."""
        return re.sub(r"^refs/(heads|tags)/", "", self.name)


def no_such(git: Git, wanted: str) -> MirrorError:
    """The error for an unknown name, with the nearest known ones."""
    names = [ref.short for ref in refs(git, 5000)]
    near = difflib.get_close_matches(Ref(wanted, "").short, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(repr(name) for name in near)}?" if near else "Push it first, or check the name."
    return MirrorError(MirrorCode.NO_SUCH_REF, f"There is no branch, tag or commit {wanted!r}.", hint)


def checked_name(wanted: str) -> str:
    """The name if git could take it for nothing else: revision syntax such as `main~3` is not for strangers."""
    odd = not wanted or len(wanted) > MAX_REF or wanted.startswith("-") or ".." in wanted or "@{" in wanted
    if odd or re.search(r"[\x00-\x20\x7f~^:?*\[\\]", wanted):
        raise MirrorError(
            MirrorCode.NO_SUCH_REF,
            f"{wanted[:80]!r} cannot be the name of a branch, tag or commit.",
            "Give a branch, a tag or a commit hash.",
        )
    return wanted


def commit_of(git: Git, revision: str) -> str | None:
    """The full hash of the commit that a full ref or full hash leads to, or None."""
    done = git.try_run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return done.stdout.decode().strip() if done.status == 0 else None


def named(git: Git, name: str) -> str | None:
    """The commit of a branch or tag by short or full name, or None; MirrorError `ambiguous-ref` when both differ."""
    if name == "HEAD":
        return commit_of(git, "HEAD")
    if name.startswith("refs/"):
        return commit_of(git, name)
    found = {kind: sha for prefix, kind in PREFIXES.items() if (sha := commit_of(git, prefix + name))}
    if len(set(found.values())) > 1:
        raise MirrorError(
            MirrorCode.AMBIGUOUS_REF,
            f"{name!r} is both a branch and a tag, with different commits.",
            f"Write refs/heads/{name} or refs/tags/{name}.",
        )
    return next(iter(found.values()), None)


def abbreviated(git: Git, prefix: str) -> str | None:
    """The only commit whose hash starts so, or None; MirrorError `ambiguous-ref` when there are several."""
    listed = git.run("rev-parse", f"--disambiguate={prefix}")
    kinds = git.try_run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=listed).stdout.decode()
    commits = [line.split()[0] for line in kinds.splitlines() if line.endswith(" commit")]
    if len(commits) > 1:
        some = ", ".join(sha[:16] for sha in commits[:4])
        raise MirrorError(
            MirrorCode.AMBIGUOUS_REF,
            f"{len(commits)} commits start with {prefix}: {some}.",
            "Give more digits of the hash.",
        )
    return commits[0] if commits else None


def refs(git: Git, limit: int) -> list[Ref]:
    """Branches and tags, newest commit first, tags peeled to their commits; tags of other things are left out."""
    form = "%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
    listed = git.run(
        "for-each-ref", f"--count={limit}", "--sort=-creatordate", f"--format={form}", "refs/heads/", "refs/tags/"
    )
    found = []
    for line in listed.decode(errors="replace").splitlines():
        name, kind, sha, peeled_kind, peeled = line.split("\0")
        if "commit" in (kind, peeled_kind):
            found.append(Ref(name, sha if kind == "commit" else peeled))
    return found


def log(git: Git, sha: str, count: int) -> list[Commit]:
    """The commit and its ancestors, newest first, at most `count`."""
    return _commits(git.run(*_log_of(sha, count)))


def commit(git: Git, sha: str) -> Commit | None:
    """The commit that a full hash leads to, or None."""
    done = git.try_run(*_log_of(f"{sha}^{{commit}}", 1))
    return _commits(done.stdout)[0] if done.status == 0 else None


def _log_of(revision: str, count: int) -> list[str]:
    return ["log", "-z", f"--max-count={count}", f"--format={FIELDS}", "--end-of-options", revision, "--"]


def _commits(out: bytes) -> list[Commit]:
    fields = out.decode(errors="replace").split("\0")
    return [_commit(fields[i : i + 5]) for i in range(0, len(fields) - 4, 5)]


def _commit(fields: list[str]) -> Commit:
    try:
        authored = datetime.fromtimestamp(int(fields[4]), UTC)
    except (ValueError, OverflowError, OSError):
        authored = datetime.fromtimestamp(0, UTC)  # a date that no calendar holds; the hash is what counts
    return Commit(fields[0], fields[1], fields[2][:500], fields[3][:300], authored)
