"""Names to commits, files and logs."""

from datetime import UTC

import pytest

from mirrors import Mirror, MirrorCode, MirrorError
from tests.mirrors.git_repositories import Repository


def test_every_way_to_name_a_commit_leads_to_it(repository: Repository, mirror: Mirror) -> None:
    sha = repository.commit({"a": "1"}, "first light")
    repository.git("tag", "-a", "-m", "release", "v1")
    repository.git("branch", "feature/x")
    mirror.refresh()
    for name in ("main", "v1", "feature/x", "HEAD", "refs/heads/main", "refs/tags/v1", sha, sha[:7], sha[:20].upper()):
        commit = mirror.resolve(name)
        assert (commit.sha, commit.tree, commit.subject) == (sha, repository.tree(), "first light")
        assert commit.author == "Ada <ada@example.org>"
        assert commit.authored_at.tzinfo is UTC


def test_a_ref_beside_branches_and_tags_is_fetched_when_asked_for(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    sha = repository.commit({"a": "2"})
    repository.git("update-ref", "refs/pull/7/head", sha)
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    mirror.refresh()
    assert mirror.resolve("refs/pull/7/head").sha == sha
    assert [ref.short for ref in mirror.refs()] == ["main"]


def test_a_branch_and_a_tag_of_one_name_are_ambiguous_only_if_they_differ(
    repository: Repository, mirror: Mirror
) -> None:
    repository.commit({"a": "1"})
    repository.git("tag", "twin")
    repository.git("branch", "twin")
    mirror.refresh()
    mirror.resolve("twin")
    repository.commit({"a": "2"})
    repository.git("branch", "--force", "twin", "main")
    mirror.refresh()
    with pytest.raises(MirrorError) as caught:
        mirror.resolve("twin")
    assert caught.value.code == MirrorCode.AMBIGUOUS_REF
    assert "refs/tags/twin" in caught.value.next_step


def test_an_abbreviation_of_two_commits_says_so(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    tree = repository.tree()
    # Two commits with one 7-digit prefix, found once by trying the authors' times; git's hash makes them stable.
    shas = [repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=_colliding(tree, n)) for n in TWINS]
    for number, sha in enumerate(shas):
        repository.git("branch", f"b{number}", sha)
    mirror.refresh()
    assert shas[0][:7] == shas[1][:7]
    with pytest.raises(MirrorError) as caught:
        mirror.resolve(shas[0][:7])
    assert caught.value.code == MirrorCode.AMBIGUOUS_REF
    assert shas[1][:16] in caught.value.sentence
    assert mirror.resolve(shas[0][:16]).sha == shas[0]


TWINS = (11171, 12067)


def _colliding(tree: str, number: int) -> bytes:
    who = f"Ada <ada@example.org> {number} +0000"
    return f"tree {tree}\nauthor {who}\ncommitter {who}\n\ntwin\n".encode()


def test_an_unknown_name_gets_its_nearest_neighbours(repository: Repository, mirror: Mirror) -> None:
    repository.commit({"a": "1"})
    repository.git("branch", "feature/serial")
    mirror.refresh()
    with pytest.raises(MirrorError, match="feature/serial") as caught:
        mirror.resolve("feature/seriall")
    assert caught.value.code == MirrorCode.NO_SUCH_REF


@pytest.mark.parametrize(
    "name", ["", "--help", "main~1", "main^{tree}", "a..b", "main@{0}", ":/x", "a b", "x" * 300, "a\nb"]
)
def test_revision_syntax_is_no_name(repository: Repository, mirror: Mirror, name: str) -> None:
    repository.commit({"a": "1"})
    mirror.refresh()
    with pytest.raises(MirrorError) as caught:
        mirror.resolve(name)
    assert caught.value.code == MirrorCode.NO_SUCH_REF


def test_files_are_read_from_the_commit_and_never_through_links(repository: Repository, mirror: Mirror) -> None:
    (repository.path / "link").symlink_to("/etc/passwd")
    (repository.path / "dirlink").symlink_to("sub")
    sha = repository.commit({"plan.toml": "x = 1\n", "sub/deep": "y", "*": "star"})
    mirror.refresh()
    assert mirror.read_file(sha, "plan.toml", 100) == b"x = 1\n"
    assert mirror.read_file(sha, "sub/deep", 100) == b"y"
    assert mirror.read_file(sha, "*", 100) == b"star"
    for absent in ("link", "dirlink/deep", "sub", "none", "../x", "/etc/passwd", "", "sub/../plan.toml", ":(top)*"):
        assert mirror.read_file(sha, absent, 100) is None
    with pytest.raises(MirrorError) as caught:
        mirror.read_file(sha, "plan.toml", 5)
    assert caught.value.code == MirrorCode.TOO_LARGE


def test_the_log_is_newest_first_and_bounded(repository: Repository, mirror: Mirror) -> None:
    shas = [repository.commit({"a": str(n)}, f"change {n}") for n in range(5)]
    mirror.refresh()
    assert [c.sha for c in mirror.log(shas[-1], 3)] == shas[:-4:-1]
