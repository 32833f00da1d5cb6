"""Patches and plain checkouts, honest and hostile."""

import os
from pathlib import Path

import pytest

from mirrors import Checkout, Mirror, MirrorCode, MirrorError
from tests.mirrors.git_repositories import Repository


class Cache:
    """Checks out one tree after another into the same cache."""

    def __init__(self, mirror: Mirror, repository: Repository, folder: Path) -> None:
        self.mirror, self.repository, self.folder, self.count = mirror, repository, folder, 0

    def checkout(self, sha: str, patch: bytes | None = None, tree: str | None = None) -> tuple[Path, Checkout]:
        self.count += 1
        into = self.folder / str(self.count)
        self.mirror.refresh()
        tree = tree or self.repository.tree(sha)
        return into, self.mirror.checkout(sha, patch, tree, into, self.folder / "seen.sqlite")

    def times(self, sha: str) -> dict[str, int]:
        into, _ = self.checkout(sha)
        return {p.relative_to(into).as_posix(): p.lstat().st_mtime_ns for p in into.rglob("*")}


@pytest.fixture
def cache(mirror: Mirror, repository: Repository, tmp_path: Path) -> Cache:
    return Cache(mirror, repository, tmp_path / "cache")


def test_a_checkout_holds_files_modes_and_links_and_nothing_of_git(repository: Repository, cache: Cache) -> None:
    (repository.path / "link").symlink_to("/etc/passwd")
    repository.commit(
        {"run.sh": "#!/bin/sh\n", "sub/empty": "", ".gitattributes": "* text eol=crlf ident\n", "a": "x\n$Id$\n"}
    )
    (repository.path / "run.sh").chmod(0o755)
    into, made = cache.checkout(repository.commit({}))
    assert (into / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (into / "a").read_bytes() == b"x\n$Id$\n"
    assert (into / "sub/empty").read_bytes() == b""
    assert os.readlink(into / "link") == "/etc/passwd"
    assert not (into / ".git").exists()
    assert made.files == 5


def test_submodules_become_empty_folders_and_are_named(repository: Repository, cache: Cache) -> None:
    sha = repository.commit({"a": "1"})
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{sha},vendor/lib")
    repository.git("commit", "--quiet", "-m", "submodule")
    into, made = cache.checkout(repository.git("rev-parse", "HEAD"))
    assert made.submodules == ("vendor/lib",)
    assert list((into / "vendor/lib").iterdir()) == []


def test_only_what_changed_gets_a_new_time_also_when_it_changes_back(repository: Repository, cache: Cache) -> None:
    first = repository.commit({"same": "s", "kept/x": "k", "src/f": "A"})
    second = repository.commit({"src/f": "B"})
    a, b, again = cache.times(first), cache.times(second), cache.times(first)
    assert a["same"] == b["same"] == again["same"]
    assert a["kept"] == b["kept"] == again["kept"]
    # Newer than what a build of B made: with A's first time a build tool would take B's objects for A's.
    assert a["src/f"] < b["src/f"] < again["src/f"]
    assert a["src"] < b["src"] < again["src"]
    assert cache.times(first) == again


def test_a_file_that_was_gone_in_between_gets_a_new_time(repository: Repository, cache: Cache) -> None:
    first = repository.commit({"a": "1", "gone": "g"})
    (repository.path / "gone").unlink()
    second = repository.commit({})
    before = cache.times(first)["gone"]
    assert "gone" not in cache.times(second)
    assert cache.times(first)["gone"] > before


def test_a_broken_index_of_times_only_costs_a_full_build(repository: Repository, cache: Cache) -> None:
    sha = repository.commit({"a": "1"})
    cache.times(sha)
    (cache.folder / "seen.sqlite").write_bytes(b"no database" * 100)
    assert cache.times(sha)


def test_a_patch_changes_the_tree_and_its_checkout(repository: Repository, mirror: Mirror, cache: Cache) -> None:
    sha = repository.commit({"a": "1\n", "bin": "x"})
    (repository.path / "a").write_text("2\n")
    (repository.path / "new").write_text("n\n")
    repository.git("add", "-A")
    patch = (repository.git("diff", "--cached", "--binary") + "\n").encode()
    mirror.refresh()
    tree = mirror.apply_patch(sha, patch)
    assert tree == repository.git("write-tree")
    into, _ = cache.checkout(sha, patch, tree)
    assert (into / "a").read_text() + (into / "new").read_text() == "2\nn\n"


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-other\n+2\n", "patch failed: a:1"),
        (b"no patch at all", "No valid patches"),
        (b"", "No valid patches"),
        (b"--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n", "../../x"),
        (b"--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+x\n", ".git/hooks/x"),
        (b"--- /dev/null\n+++ b/link/x\n@@ -0,0 +1 @@\n+x\n", "symbolic link"),
    ],
)
def test_a_patch_that_does_not_apply_says_why(
    repository: Repository, mirror: Mirror, patch: bytes, reason: str
) -> None:
    (repository.path / "link").symlink_to("/tmp")
    sha = repository.commit({"a": "1\n"})
    mirror.refresh()
    with pytest.raises(MirrorError) as caught:
        mirror.apply_patch(sha, patch)
    assert caught.value.code == MirrorCode.PATCH_DOES_NOT_APPLY
    assert reason in caught.value.sentence


def test_another_tree_than_the_ordered_one_is_refused(repository: Repository, cache: Cache) -> None:
    sha = repository.commit({"a": "1"})
    with pytest.raises(MirrorError, match="was ordered"):
        cache.checkout(sha, tree="1" * 40)


def _raw_tree(repository: Repository, *entries: tuple[str, str, str]) -> str:
    raw = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries)
    return repository.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=raw)


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "a/b", "."])
def test_a_tree_with_forbidden_names_is_refused_at_the_door(repository: Repository, mirror: Mirror, name: str) -> None:
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"x")
    commit = repository.git("commit-tree", "-m", "evil", _raw_tree(repository, ("100644", name, blob)))
    repository.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(MirrorError) as caught:
        mirror.refresh()
    assert caught.value.code == MirrorCode.GIT_FAILED


@pytest.mark.parametrize(
    "names", [("..",), (".git",), ("a/b",), ("link", "link"), ("link", "link/x")], ids=lambda names: "+".join(names)
)
def test_a_forged_tree_writes_nothing_outside(
    repository: Repository, mirror: Mirror, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """Even if such a tree came into the mirror by another way."""
    repository.commit({"a": "1"})
    mirror.refresh()
    outside = tmp_path / "outside"
    outside.mkdir()
    inner = Repository(tmp_path / "forge")
    link = inner.git("hash-object", "-w", "--stdin", stdin=str(outside).encode())
    entries = [
        ("120000" if number == 0 and len(names) > 1 else "100644", name, link) for number, name in enumerate(names)
    ]
    tree = _raw_tree(inner, *entries)
    commit = inner.git("commit-tree", "-m", "evil", tree)
    (mirror.path / "objects/info").mkdir(exist_ok=True)
    (mirror.path / "objects/info/alternates").write_text(f"{inner.path}/.git/objects\n")
    with pytest.raises(MirrorError) as caught:
        mirror.checkout(commit, None, tree, tmp_path / "into", tmp_path / "seen")
    assert caught.value.code == MirrorCode.GIT_FAILED
    assert list(outside.iterdir()) == []


def test_a_tree_that_explodes_is_refused_quickly(repository: Repository, mirror: Mirror, tmp_path: Path) -> None:
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"boom")
    tree = _raw_tree(repository, *[("100644", f"f{n}", blob) for n in range(10)])
    for _ in range(8):
        tree = _raw_tree(repository, *[("40000", f"d{n}", tree) for n in range(10)])
    commit = repository.git("commit-tree", "-m", "bomb", tree)
    repository.git("update-ref", "refs/heads/main", commit)
    mirror.refresh()
    with pytest.raises(MirrorError) as caught:
        mirror.checkout(commit, None, tree, tmp_path / "into", tmp_path / "seen")
    assert caught.value.code == MirrorCode.TOO_LARGE
