"""`bootfarm attest reappraise`, of a real farm over HTTP; the test plays its dispatcher."""

import json
from pathlib import Path

import pytest

from cli.commands.attest import reappraise
from cli.commands.attest.shapes import Change, Reappraisal
from farm.access import Scope
from farm.appraisals.reappraising import reappraise_one
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm, Ended
from tests.cli.served import speak_as
from web.api.people.appraisals import ChangeOut, ReappraisalOut


def again(bootfarm: Bootfarm, *argv: str) -> Ended:
    return bootfarm("attest", "reappraise", *argv)


@pytest.fixture
def dispatched(judged: Farm, monkeypatch: pytest.MonkeyPatch) -> Farm:
    """While the command waits, a pass of the dispatcher goes on."""
    monkeypatch.setattr(reappraise.time, "sleep", lambda _: reappraise_one(judged))
    return judged


@pytest.mark.usefixtures("dispatched")
def test_it_waits_for_the_end_and_lists_what_is_judged_differently(bootfarm: Bootfarm, person: Path) -> None:
    (person / "strict.toml").write_text('name = "strict"\nsteps = ["binding"]\n')
    bootfarm("attest", "policy", "add", "strict.toml")
    ended = again(bootfarm, "--policy", "strict", "--reason", "a stricter policy")
    assert ended.rows == [["boot-1", "null-1", "tier", "warning", "contraindicated", "policy"]]
    assert ended.err.splitlines() == [
        "Re-appraisal 1 has begun, up to boot-1; `bootfarm api GET /reappraisals/1` says how far it is.",
        "boot-1 of boot-1: 1 with another tier so far",
        "Appraised again: 1 boot, 1 of them with another tier.",
    ]
    told = json.loads(again(bootfarm, "--reason", "and back", "--json=boot_after,before,after,cause").out)
    assert told["items"] == [
        {"boot_after": "boot-1", "before": "contraindicated", "after": "warning", "cause": "policy"}
    ]
    assert again(bootfarm, "--reason", "nothing is new").err.endswith("1 boot, 0 of them with another tier.\n")


def test_who_does_not_wait_is_told_how_to_look(bootfarm: Bootfarm, judged: Farm) -> None:
    begun = json.loads(again(bootfarm, "--reason", "a newer verifier", "--no-wait", "--json").out)
    assert (begun["id"], begun["by"], begun["why"], begun["finished_at"]) == (1, "sol", "a newer verifier", None)
    under_way = again(bootfarm, "--reason", "me too")
    assert (under_way.code, under_way.err) == (2, "bootfarm: Re-appraisal 1 is under way.\nWait for its end.\n")
    while reappraise_one(judged):
        pass
    assert json.loads(bootfarm("api", "GET", "/reappraisals/1").out)["finished_at"]
    short = again(bootfarm, "--reason", "another", "--timeout", "1ms")
    assert (short.code, short.out) == (8, "")
    assert "bootfarm: Re-appraisal 2 goes on; `bootfarm api GET /reappraisals/2` says how far it is." in short.err


WRONG = (
    ("", 2, "Missing option '--reason'."),
    ("--reason x --policy defalt", 5, "Did you mean default?"),
    ("--reason x --no-wait --json=cause", 2, 'There is no field "cause" here.'),
    ("--reason x --json=until_boot", 2, 'There is no field "until_boot" here.'),
    ("--reason x --timeout soon", 2, "soon"),
)


@pytest.mark.usefixtures("dispatched")
def test_what_is_wrong_ends_in_a_sentence_and_begins_nothing(bootfarm: Bootfarm) -> None:
    for argv, code, words in WRONG:
        ended = again(bootfarm, *argv.split())
        assert (ended.code, ended.out, words in ended.err) == (code, "", True), f"{argv}: {ended}"
    assert json.loads(bootfarm("api", "GET", "/reappraisals").out) == {"items": []}


def test_who_may_not_decide_is_told_which_scope_that_needs(
    bootfarm: Bootfarm, judged: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_as(monkeypatch, judged, "eve", Scope.SUBMIT)
    refused = again(bootfarm, "--reason", "x")
    assert (refused.code, 'needs the scope "attest-approve", which eve does not' in refused.err) == (4, True)
    monkeypatch.delenv("BOOTFARM_TOKEN")
    assert again(bootfarm, "--reason", "x").code == 4


@pytest.mark.parametrize(("shape", "model"), [(Reappraisal, ReappraisalOut), (Change, ChangeOut)])
def test_the_command_knows_every_field(shape: type, model: type) -> None:
    assert list(shape.model_fields) == list(model.model_fields)  # type: ignore[attr-defined]
