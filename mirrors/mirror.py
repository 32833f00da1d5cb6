"""A bare mirror of one repository, shared by several processes: refresh it, ask it, check out from it."""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

from mirrors import revisions, trees
from mirrors.checkout import Checkout, check_out
from mirrors.errors import MirrorCode, MirrorError
from mirrors.git import Git, reason
from mirrors.revisions import FULL_HASH, KEPT, SHORT_HASH, Commit, Ref
from mirrors.url import CheckedUrl, UrlPolicy, checked_url

MIRRORED: Final = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
MAX_REPOSITORY: Final = 8 << 30  # bytes
MAX_CHECKOUT: Final = 4 << 30  # bytes
FETCH_SECONDS: Final = 120.0


class Mirror:
    """One repository's mirror below `root`. Making the object checks the URL and touches nothing."""

    def __init__(self, root: Path, url: str, policy: UrlPolicy, *, max_bytes: int = MAX_REPOSITORY) -> None:
        """Raises MirrorError `bad-url`; beyond `max_bytes` of objects the mirror refuses to grow."""
        self._source: CheckedUrl = checked_url(url, policy)
        self._max_bytes = max_bytes
        slug = re.sub(r"[^A-Za-z0-9]+", "-", self._source.url).strip("-")[-40:].strip("-")
        key = hashlib.sha256(self._source.url.encode()).hexdigest()[:16]
        self.path = root / f"{slug}-{key}.git"

    @cached_property
    def _git(self) -> Git:
        """Git on the mirror, which is made now if it is not there."""
        config = self.path.parent / "gitconfig"
        git = Git(self.path, config)
        if not (config.exists() and (self.path / "HEAD").exists()):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock(FETCH_SECONDS):
                # The serving half of a local fetch reads this too and would else refuse another user's repository.
                fresh = config.with_suffix(f".{os.getpid()}")
                fresh.write_text("[safe]\n\tdirectory = *\n")
                fresh.replace(config)
                git.run("init", "--bare", "--quiet", "--template=")
        return git

    @contextmanager
    def _lock(self, timeout: float) -> Iterator[None]:
        """The right to write refs; other processes wait for it up to `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self.path.with_suffix(".lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise MirrorError(
                            MirrorCode.TIMEOUT, f"Another fetch held the mirror for more than {timeout:g} s."
                        ) from None
                    time.sleep(0.05)
            yield

    def refresh(self, timeout: float = FETCH_SECONDS) -> None:
        """Make branches, tags and HEAD equal to the source's; MirrorError `unreachable`, `too-large` or `timeout`."""
        deadline = time.monotonic() + timeout
        with self._git_lock(timeout):
            listed = self._contact("ls-remote", ["--symref"], ["HEAD"], deadline)
            self._contact("fetch", ["--prune"], list(MIRRORED), deadline)
            head = re.match(rb"ref: (refs/heads/\S+)\tHEAD", listed)
            if head:
                self._git.run("symbolic-ref", "HEAD", head[1].decode(errors="replace"))

    @contextmanager
    def _git_lock(self, timeout: float) -> Iterator[None]:
        _ = self._git  # made before the lock, since making takes it
        with self._lock(timeout):
            yield

    def _contact(self, verb: str, options: list[str], wanted: list[str], deadline: float) -> bytes:
        if verb == "fetch":
            options = [*options, "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
        remaining = max(0.1, deadline - time.monotonic())
        done = self._git.try_run(
            verb,
            *options,
            "--end-of-options",
            self._source.url,
            *wanted,
            protocol=self._source.protocol,
            timeout=remaining,
            watch=self._check_size,
        )
        if done.status != 0:
            malformed = b"fsck" in done.stderr
            raise MirrorError(
                MirrorCode.GIT_FAILED if malformed else MirrorCode.UNREACHABLE,
                f"The repository could not be fetched: {reason(done.stderr)}.",
                "Run git fsck on it." if malformed else "Check the URL and that this machine may read it.",
            )
        self._check_size()
        return done.stdout

    def _check_size(self) -> None:
        size = 0
        for folder, _folders, files in os.walk(self.path / "objects"):
            for name in files:
                try:
                    size += os.stat(os.path.join(folder, name)).st_size
                except FileNotFoundError:
                    continue  # git renamed it meanwhile
        if size > self._max_bytes:
            raise MirrorError(
                MirrorCode.TOO_LARGE,
                f"The repository is larger than {self._max_bytes / (1 << 30):.3g} GiB.",
                "Ask an operator to raise the limit.",
            )

    def resolve(self, ref: str, timeout: float = FETCH_SECONDS) -> Commit:
        """The commit that a name means now, as of the last refresh; a full hash or full ref is fetched if unknown."""
        name = revisions.checked_name(ref)
        lower = name.lower()
        # A full hash is that commit and no other, whatever a branch may call itself.
        is_hash = FULL_HASH.fullmatch(lower) is not None
        if is_hash and (known := revisions.commit(self._git, lower)):
            return known
        sha = None if is_hash else revisions.named(self._git, name)
        if is_hash:
            sha = self._fetched(lower, timeout)
        elif sha is None and SHORT_HASH.fullmatch(lower):
            sha = revisions.abbreviated(self._git, lower)
        elif sha is None and name.startswith("refs/") and not name.startswith(KEPT):
            sha = self._fetched(name, timeout)
        if sha is None:
            raise revisions.no_such(self._git, name)
        return self.log(sha, 1)[0]

    def _fetched(self, wanted: str, timeout: float) -> str | None:
        """One commit that no branch or tag names, kept under a ref of ours; None if the source does not give it."""
        kept = KEPT + wanted.removeprefix("refs/")
        try:
            with self._git_lock(timeout):
                self._contact("fetch", [], [f"+{wanted}:{kept}"], time.monotonic() + timeout)
        except MirrorError as error:
            if error.code != MirrorCode.UNREACHABLE:
                raise
            return None
        return revisions.commit_of(self._git, kept)

    def ensure(self, sha: str, timeout: float = FETCH_SECONDS) -> Commit:
        """A commit by its full hash, contacting the source only if the mirror lacks it."""
        if revisions.commit_of(self._git, sha) is None:
            self.refresh(timeout)
        return self.resolve(sha, timeout)

    def full_name(self, ref: str) -> str | None:
        """The branch or tag that a name means, such as refs/heads/main for HEAD; None for a hash."""
        done = self._git.try_run("rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", ref)
        names = done.stdout.decode(errors="replace").split()
        return names[-1] if done.status == 0 and names and names[-1].startswith("refs/") else None

    def refs(self, limit: int = 200) -> list[Ref]:
        """Branches and tags as of the last refresh, newest first."""
        return revisions.refs(self._git, limit)

    def log(self, sha: str, count: int) -> list[Commit]:
        """A commit and its ancestors, newest first."""
        return revisions.log(self._git, sha, count)

    def read_file(self, commit: str, path: str, max_bytes: int) -> bytes | None:
        """A regular file of a commit, None if there is none; MirrorError `too-large`."""
        return trees.read_file(self._git, commit, path, max_bytes)

    def apply_patch(self, commit: str, patch: bytes) -> str:
        """The hash of the tree that a patch makes of a commit's; MirrorError `patch-does-not-apply`."""
        return trees.apply_patch(self._git, commit, patch)

    def checkout(
        self, commit: str, patch: bytes | None, expected_tree: str, into: Path, seen: Path, *, timeout: float = 300
    ) -> Checkout:
        """Plain files of a commit, patched or not, below `into`; refused unless the tree is the expected one."""
        tree = self.apply_patch(commit, patch) if patch is not None else self.log(commit, 1)[0].tree
        if tree != expected_tree:
            ordered = f"but {expected_tree[:12]} was ordered"
            raise MirrorError(MirrorCode.GIT_FAILED, f"The tree of {commit[:12]} is {tree[:12]}, {ordered}.")
        return check_out(self._git, tree, into, seen, max_bytes=MAX_CHECKOUT, timeout=timeout)
