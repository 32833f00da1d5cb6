"""`bootfarm attest policy list|show|diff|add|dry-run`, of a real farm over HTTP."""

import io
import json
from pathlib import Path

import pytest

from cli.commands.attest.shapes import Policy, WouldChange
from farm.access import Scope
from farm.evidence.policy import DEFAULT_POLICY
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm, Ended
from tests.cli.served import speak_as
from web.api.people.policies import PolicyOut, WouldChangeOut

STRICT = 'name = "strict"\nrequire = "affirming"\nsteps = ["binding"]\n'


def policy(bootfarm: Bootfarm, *argv: str) -> Ended:
    return bootfarm("attest", "policy", *argv)


@pytest.fixture
def strict(person: Path) -> str:
    """The name of a policy's file in the current folder."""
    (person / "strict.toml").write_text(STRICT)
    return "strict.toml"


@pytest.mark.usefixtures("judged")
def test_a_text_is_added_listed_and_shown(bootfarm: Bootfarm, strict: str) -> None:
    assert policy(bootfarm, "add", strict).out == "strict version 1 is in force.\n"
    rows = policy(bootfarm, "list").rows
    assert [(row[0], row[1], *row[3:]) for row in rows] == [
        ("default", "1", "bootfarm", "yes"),
        ("strict", "1", "sol", "no"),
    ]
    assert [one["name"] for one in json.loads(policy(bootfarm, "list", "--json").out)["items"]] == ["default", "strict"]
    assert policy(bootfarm, "show", "strict").out == STRICT
    assert policy(bootfarm, "show", "default").out == DEFAULT_POLICY
    shown = json.loads(policy(bootfarm, "show", "strict", "--version", "1", "--json").out)
    assert (shown["body"], shown["created_by"]) == (STRICT, "sol")


@pytest.mark.usefixtures("judged")
def test_standard_input_is_a_file_too(bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(STRICT.encode())))
    assert json.loads(policy(bootfarm, "add", "-", "--json").out)["version"] == 1


@pytest.mark.usefixtures("judged")
def test_two_versions_are_compared(bootfarm: Bootfarm, strict: str) -> None:
    policy(bootfarm, "add", strict)
    for tier in ("warning", "none"):
        Path(strict).write_text(STRICT.replace("affirming", tier))
        policy(bootfarm, "add", strict)
    assert policy(bootfarm, "diff", "strict").out.splitlines() == [
        "--- strict version 2",
        "+++ strict version 3",
        "@@ -1,3 +1,3 @@",
        ' name = "strict"',
        '-require = "warning"',
        '+require = "none"',
        ' steps = ["binding"]',
    ]
    told = json.loads(policy(bootfarm, "diff", "strict", "--version", "1", "--against", "3", "--json").out)
    assert (told["before"], told["after"], told["lines"][-2]) == (3, 1, '+require = "affirming"')
    same = policy(bootfarm, "diff", "strict", "--against", "3")
    assert (same.code, same.out, same.err) == (0, "", "The same text.\n")


@pytest.mark.usefixtures("judged")
def test_a_dry_run_lists_what_would_change_and_writes_nothing(bootfarm: Bootfarm, strict: str) -> None:
    ended = policy(bootfarm, "dry-run", strict)
    assert ended.rows == [["boot-1", "null-1", "warning", "contraindicated", "binding", "affirming"]]
    assert ended.err == "Of 1 boot 1 would change or fall short.\n"
    told = json.loads(policy(bootfarm, "dry-run", strict, "--json").out)
    assert (told["examined"], told["next"], told["items"][0]["tier_after"]) == (1, None, "contraindicated")
    Path(strict).write_text('name = "lenient"\n')
    assert policy(bootfarm, "dry-run", strict).err == "Of 1 boot 0 would change or fall short.\n"
    assert [row[0] for row in policy(bootfarm, "list").rows] == ["default"]


@pytest.mark.usefixtures("judged")
def test_every_mistake_of_a_text_is_told_with_its_place(bootfarm: Bootfarm, person: Path) -> None:
    (person / "bad.toml").write_text('name = "x"\nrekwire = 1\nimages = ["denied"]\n')
    (person / "broken.toml").write_text('name = "x\n')
    for command in ("add", "dry-run"):
        ended = policy(bootfarm, command, "bad.toml")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("bootfarm: The policy can't be used:\n")
        assert 'policy:2:1: CFG001 unknown key "rekwire"; did you mean "require"?' in ended.err
        assert "policy:3:" in ended.err
        assert "policy:1:10: CFG003 not valid TOML" in policy(bootfarm, command, "broken.toml").err


WRONG = (
    ("show defalt", 5, "Did you mean default?"),
    ("show default --version 9", 5, 'The policy "default" has no version 9; the newest is 1.'),
    ("show default --version x", 2, "'x' is not a valid whole number."),
    ("show a/b", 5, "There is nothing at /api/v1/policies/a/b."),
    ("diff default", 2, 'Version 1 of the policy "default" is the first one.'),
    ("diff defalt", 5, "Did you mean default?"),
    ("diff default --against 7", 5, 'The policy "default" has no version 7'),
    ("add absent.toml", 2, "No such file"),
    ("add .", 2, "Is a directory"),
    ("add bytes.toml", 2, "bytes.toml is no policy: its bytes are not UTF-8."),
    ("add empty.toml", 2, "body must have at least 1 character(s)."),
    ("add long.toml", 2, "body must have at most 65536 characters."),
    ("dry-run bytes.toml", 2, "bytes.toml is no policy: its bytes are not UTF-8."),
    ("dry-run strict.toml --boots 0", 2, "0 is not in the range"),
)


@pytest.mark.usefixtures("judged")
def test_what_is_wrong_ends_in_a_sentence_and_its_status(bootfarm: Bootfarm, person: Path, strict: str) -> None:
    (person / "bytes.toml").write_bytes(b"\xff\xfe\0")
    (person / "empty.toml").write_text("")
    (person / "long.toml").write_text("#" * 65537)
    for argv, code, words in WRONG:
        ended = policy(bootfarm, *argv.split())
        assert (ended.code, ended.out, words in ended.err) == (code, "", True), f"{argv}: {ended}"


def test_the_same_text_again_and_somebody_without_the_scope_are_refused(
    bootfarm: Bootfarm, strict: str, judged: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert policy(bootfarm, "add", strict).code == 0
    again = policy(bootfarm, "add", strict)
    assert (again.code, again.err) == (2, 'bootfarm: Version 1 of the policy "strict" says exactly this.\n')
    speak_as(monkeypatch, judged, "eve", Scope.SUBMIT)
    refused = policy(bootfarm, "add", strict)
    assert (refused.code, 'needs the scope "attest-approve"' in refused.err) == (4, True)
    assert policy(bootfarm, "dry-run", strict).code == 0, "who may read may try"
    monkeypatch.delenv("BOOTFARM_TOKEN")
    assert policy(bootfarm, "dry-run", strict).code == 4
    assert policy(bootfarm, "show", "strict").code == 0


@pytest.mark.parametrize(("shape", "model"), [(Policy, PolicyOut), (WouldChange, WouldChangeOut)])
def test_the_command_knows_every_field(shape: type, model: type) -> None:
    assert list(shape.model_fields) == list(model.model_fields)  # type: ignore[attr-defined]
