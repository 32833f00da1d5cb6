"""In a checkout nothing needs to be said; what can't work is said with the way out."""

import base64
import json
from pathlib import Path

import pytest

from cli.checkout import checkout_or_none, same_place
from tests.cli.cli_calls import Bootfarm, git
from tests.cli.speaking_farm import COMMIT, SpeakingFarm, boot, submission

PREVIEW = {
    "repository": "runtime",
    "commit": COMMIT,
    "subject": "fix",
    "boots": [
        {"selector": "pool:default", "machine": None, "firmware": None, "image": None},
        {"selector": "nuc-*", "machine": "nuc-1", "firmware": "ovmf", "image": "a.efi"},
    ],
    "warnings": ["CFG011 2:3 firmware is not there"],
    "settings": [],
}


def knows(farm: SpeakingFarm, *urls: str) -> None:
    farm.on("GET", "/repositories", {"items": [{"name": f"r{n}", "url": url} for n, url in enumerate(urls)]})


def test_a_checkout_that_the_farm_knows_by_path_submits_its_branch(
    farm: SpeakingFarm, bootfarm: Bootfarm, checkout: Path
) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    knows(farm, "https://elsewhere/x", str(checkout))
    farm.on("POST", "/submissions", submission(commit=head, boots=[boot()]))
    ended = bootfarm("submit", "-m", "qemu-1", "-m", "tag:x", "-f", "ovmf", "--note", "why", "--fresh")
    assert ended.code == 0
    assert ended.rows == [["submission-7", head, "1", f"{farm.url}/submissions/submission-7"]]
    asked = farm.asked[-1]
    assert asked.json == {
        "repository": "r1",
        "ref": "refs/heads/main",
        "patch": "",
        "note": "why",
        "machines": ["qemu-1", "tag:x"],
        "firmware": ["ovmf"],
        "fresh_build": True,
    }
    assert len(asked.headers["Idempotency-Key"]) == 32


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@forge.example:team/runtime.git", "https://forge.example/team/runtime"),
        ("ssh://git@forge.example:2222/team/runtime", "https://forge.example/team/runtime.git"),
        ("https://forge.example/team/runtime/", "https://FORGE.example/team/runtime"),
        ("/srv/git/runtime.git", "file:///srv/git/runtime"),
    ],
)
def test_a_checkout_that_the_farm_knows_by_a_remote_submits_its_commit(
    farm: SpeakingFarm, bootfarm: Bootfarm, checkout: Path, remote: str, url: str
) -> None:
    git(checkout, "remote", "add", "origin", remote)
    head = git(checkout, "rev-parse", "HEAD")
    knows(farm, url)
    farm.on("POST", "/submissions", submission(commit=head))
    assert bootfarm("submit").code == 0
    assert farm.asked[-1].json["ref"] == head


def test_other_places_are_other_places() -> None:
    assert same_place("https://a/x/y") != same_place("https://a/x/z")
    assert same_place("https://a/x") != same_place("https://b/x")
    assert same_place("/a/x") != same_place("https://a/x")


def test_a_ref_is_sent_as_typed_and_repo_needs_no_checkout(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("POST", "/submissions", submission())
    assert bootfarm("submit", "v1.0", "--repo", "other", "--idempotency-key", "abc").code == 0
    assert (farm.asked[-1].json["repository"], farm.asked[-1].json["ref"]) == ("other", "v1.0")
    assert farm.asked[-1].headers["Idempotency-Key"] == "abc"


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    seen = []

    def lose(asked: object, handler: object) -> None:
        seen.append(asked)
        handler.connection.close()  # type: ignore[attr-defined]

    farm.on("POST", "/submissions", [lose, submission()])
    assert bootfarm("submit", "main", "--repo", "r").code == 0
    keys = [one.headers["Idempotency-Key"] for one in farm.calls("POST", "/submissions")]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_outside_of_a_checkout_it_says_what_to_name(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    ended = bootfarm("submit")
    assert ended.code == 2
    assert "--repo" in ended.err


def test_a_checkout_that_the_farm_does_not_know_says_how_to_add_it(
    farm: SpeakingFarm, bootfarm: Bootfarm, checkout: Path
) -> None:
    knows(farm)
    ended = bootfarm("submit")
    assert ended.code == 5
    assert f"bootfarm repo add {checkout}" in ended.err


def test_a_head_that_was_not_pushed_offers_a_patch_that_works(
    farm: SpeakingFarm, bootfarm: Bootfarm, checkout: Path, tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(checkout, "remote", "add", "origin", str(tmp_path / "origin.git"))
    git(checkout, "push", "-q", "origin", "main")
    base = git(checkout, "rev-parse", "HEAD")
    (checkout / "a.txt").write_text("two\n")
    git(checkout, "commit", "-qam", "second")
    knows(farm, str(tmp_path / "origin.git"))
    farm.problem("POST", "/submissions", 400, "There is no such commit.", code="git-no-such-ref")
    ended = bootfarm("submit")
    assert ended.code == 2
    assert f"git diff --binary {base[:12]} HEAD | bootfarm submit {base[:12]} --patch -" in ended.err


def test_a_patch_is_sent_as_text_or_as_base64(farm: SpeakingFarm, bootfarm: Bootfarm, tmp_path: Path) -> None:
    farm.on("POST", "/submissions", submission())
    file = tmp_path / "x.patch"
    for data, sent in (
        (b"diff --git\n", "diff --git\n"),
        (b"\xff\n", "base64:" + base64.b64encode(b"\xff\n").decode()),
        (b"base64:no", "base64:" + base64.b64encode(b"base64:no").decode()),
    ):
        file.write_bytes(data)
        assert bootfarm("submit", "main", "--repo", "r", "--patch", str(file)).code == 0
        assert farm.asked[-1].json["patch"] == sent


def test_dry_run_prints_the_matrix_and_makes_nothing(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("POST", "/submissions/preview", PREVIEW)
    ended = bootfarm("submit", "main", "--repo", "r", "--dry-run")
    assert ended.rows == [["any of pool:default", "default", "first image"], ["nuc-1", "ovmf", "a.efi"]]
    assert "CFG011" in ended.err
    assert json.loads(bootfarm("submit", "main", "--repo", "r", "--dry-run", "--json").out)["boots"] == PREVIEW["boots"]
    assert farm.calls("POST", "/submissions") == []


def test_a_refused_plan_shows_each_problem_where_it_stands(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    one = {"file": ".bootfarm.toml", "line": 5, "column": 1, "code": "CFG001", "message": 'unknown key "timeot"'}
    farm.problem("POST", "/submissions", 400, "The plan is wrong.", errors=[one | {"suggestion": "timeout"}])
    ended = bootfarm("submit", "main", "--repo", "r")
    assert ended.code == 2
    assert '.bootfarm.toml:5:1: CFG001 unknown key "timeot"\n    try: timeout' in ended.err


def test_a_problem_of_a_plan_is_said_once_and_one_of_the_request_has_no_line(
    farm: SpeakingFarm, bootfarm: Bootfarm
) -> None:
    one = {"file": "the request", "line": 0, "column": 0, "code": "CFG010", "message": '"x" matches no machine'}
    farm.problem("POST", "/submissions", 400, 'the request: CFG010 "x" matches no machine', errors=[one])
    ended = bootfarm("submit", "main", "--repo", "r", "-m", "x")
    assert ended.err.splitlines() == [
        "bootfarm: The plan can't be used:",
        '  the request: CFG010 "x" matches no machine',
    ]


def test_watch_follows_to_the_verdict(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("POST", "/submissions", submission(status="waiting"))
    farm.on("GET", "/submissions/submission-7", submission(status="fail", boots=[boot(status="fail")]))
    ended = bootfarm("submit", "main", "--repo", "r", "-w")
    assert ended.code == 1
    assert ended.err.splitlines()[0] == f"{farm.url}/submissions/submission-7"


def test_a_checkout_without_commits_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "empty")
    assert checkout_or_none(tmp_path / "empty") is None


def test_changes_apply_to_head(checkout: Path) -> None:
    found = checkout_or_none(checkout)
    assert found is not None
    assert not found.is_dirty()
    (checkout / "a.txt").write_text("two\n")
    git(checkout, "config", "diff.noprefix", "true")
    git(checkout, "config", "color.ui", "always")
    assert found.is_dirty()
    patch = found.changes()
    git(checkout, "checkout", "-q", "a.txt")
    (checkout / "p").write_bytes(patch)
    git(checkout, "apply", "-p1", "p")
    assert (checkout / "a.txt").read_text() == "two\n"


def test_an_empty_patch_is_a_mistake_and_nothing_is_submitted(
    farm: SpeakingFarm, bootfarm: Bootfarm, tmp_path: Path
) -> None:
    (tmp_path / "empty.patch").write_text("")
    ended = bootfarm("submit", "--repo", "r", "--patch", str(tmp_path / "empty.patch"))
    assert ended.code == 2
    assert "patch is empty" in ended.err
    assert farm.asked == []
