"""`bootfarm attest owed` and `write-off`, of a real farm over HTTP."""

import json

import pytest

from cli.commands.attest.shapes import Owed, WriteOff
from farm.access import Caller, Scope
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm
from tests.cli.served import speak_as
from tests.farm import attest_steps as attest
from web.api.people.owed import OwedOut, WriteOffOut

FAULT = "RuntimeError: a bug of ours"


@pytest.fixture
def failing(judged: Farm) -> Farm:
    """The verifier failed on boot-2 and boot-3."""
    for _ in range(2):
        with attest.broken_verifier():
            attest.run(judged, attest.build(judged, Caller(1, "ada", frozenset(Scope))))
    return judged


@pytest.mark.usefixtures("failing")
def test_what_is_owed_is_listed_until_it_is_written_off(bootfarm: Bootfarm) -> None:
    assert [(row[0], row[2], row[4]) for row in bootfarm("attest", "owed").rows] == [
        ("boot-3", "1", FAULT),
        ("boot-2", "1", FAULT),
    ]
    assert bootfarm("attest", "owed", "-L", "1").err == "These are 1; -L 2 shows more.\n"
    assert bootfarm("attest", "owed", "--written-off").err == "Nothing was written off.\n"
    ended = bootfarm("attest", "write-off", "boot-2", "--reason", "its log is cut")
    assert ended.out.startswith("What was owed boot-2 since 20")
    told = json.loads(bootfarm("attest", "write-off", "3", "--reason", "the same", "--json").out)
    assert (told["boot"], told["by"], told["why"], told["fault"]) == ("boot-3", "sol", "the same", FAULT)
    assert bootfarm("attest", "owed").err == "No appraisal is owed.\n"
    rows = bootfarm("attest", "owed", "--written-off").rows
    assert [(row[0], *row[5:]) for row in rows] == [("boot-3", "sol", "the same"), ("boot-2", "sol", "its log is cut")]
    page = json.loads(bootfarm("attest", "owed", "--written-off", "-L", "1", "--json=boot,why").out)
    assert (page["items"], page["next"]) == ([{"boot": "boot-3", "why": "the same"}], "2")
    shown = dict(row for row in bootfarm("show", "boot-2").rows)
    assert (shown["tier"], shown["written off"]) == ("verifier error", "by sol: its log is cut")


WRONG = (
    ("write-off boot-2", 2, "Missing option '--reason'."),
    ("write-off boot-1 --reason x", 5, "No appraisal of boot-1 is owed."),
    ("write-off boot-99 --reason x", 5, "No appraisal of boot-99 is owed."),
    ("write-off build-1 --reason x", 2, "This works on a boot"),
    ("write-off frog --reason x", 2, '"frog" is not an id.'),
    ("owed -L 0", 2, "0 is not in the range"),
    ("owed --json=why", 2, 'There is no field "why" here.'),
)


def test_what_is_wrong_ends_in_a_sentence_and_its_status(
    bootfarm: Bootfarm, failing: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for argv, code, words in WRONG:
        ended = bootfarm("attest", *argv.split())
        assert (ended.code, ended.out, words in ended.err) == (code, "", True), f"{argv}: {ended}"
    speak_as(monkeypatch, failing, "eve", Scope.OPERATE)
    refused = bootfarm("attest", "write-off", "boot-2", "--reason", "x")
    assert (refused.code, 'needs the scope "attest-approve", which eve does not' in refused.err) == (4, True)
    monkeypatch.delenv("BOOTFARM_TOKEN")
    assert bootfarm("attest", "write-off", "boot-2", "--reason", "x").code == 4
    assert len(bootfarm("attest", "owed").rows) == 2


@pytest.mark.parametrize(("shape", "model"), [(Owed, OwedOut), (WriteOff, WriteOffOut)])
def test_the_command_knows_every_field(shape: type, model: type) -> None:
    assert list(shape.model_fields) == list(model.model_fields)  # type: ignore[attr-defined]
