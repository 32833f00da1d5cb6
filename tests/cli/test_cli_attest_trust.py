"""`bootfarm attest reference trust`, `distrust` and `trusted`, against a real web application."""

import json

import pytest

from cli.commands.attest.shapes import Standing
from farm.access import Scope
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm
from tests.cli.served import speak_as
from web.api.people.standing import StandingOut


def trust(bootfarm: Bootfarm, *argv: str) -> tuple[int, str]:
    """The status and everything that was said."""
    ended = bootfarm("attest", "reference", *argv)
    return ended.code, ended.out + ended.err


@pytest.mark.usefixtures("judged")
def test_what_is_trusted_is_listed_until_it_is_not(bootfarm: Bootfarm) -> None:
    assert "None stands" in trust(bootfarm, "trusted")[1]
    assert trust(bootfarm, "trust", "--repo", "project", "--reason", "ours alone")[0] == 0
    made = json.loads(bootfarm("attest", "reference", "trust", "--lab", "local", "--reason", "this host", "--json").out)
    assert (made["kind"], made["of"], made["by"]) == ("first-use", "local", "sol")
    rows = bootfarm("attest", "reference", "trusted").rows
    assert [(row[1], row[4]) for row in rows] == [
        ("builds of project, of any commit", "ours alone"),
        ("firmware of machines of lab local, as first seen", "this host"),
    ]
    assert "None has ended." in trust(bootfarm, "trusted", "--ended")[1]
    code, said = trust(bootfarm, "distrust", "--repo", "project", "--reason", "others may push, too")
    assert (code, "Standing approval 1 of builds of project" in said) == (0, True)
    assert [row[0] for row in bootfarm("attest", "reference", "trusted").rows] == ["2"]
    (row,) = bootfarm("attest", "reference", "trusted", "--ended").rows
    assert (row[0], *row[4:]) == ("1", "sol", "others may push, too")
    told = json.loads(bootfarm("attest", "reference", "distrust", "--lab", "local", "--reason", "over", "--json").out)
    assert (told["id"], told["ended_by"], told["ended_why"]) == (2, "sol", "over")


@pytest.mark.usefixtures("judged")
def test_what_is_wrong_ends_in_a_sentence(bootfarm: Bootfarm) -> None:
    assert trust(bootfarm, "trust", "--reason", "x")[0] == 2
    assert trust(bootfarm, "trust", "--repo", "project", "--lab", "local", "--reason", "x")[0] == 2
    assert trust(bootfarm, "trust", "--repo", "project")[0] == 2
    code, said = trust(bootfarm, "trust", "--repo", "other", "--reason", "x")
    assert (code, "knows no repository" in said) == (5, True)
    assert trust(bootfarm, "distrust", "--lab", "local")[0] == 2
    code, said = trust(bootfarm, "distrust", "--lab", "local", "--reason", "x")
    assert (code, "Nothing stands about firmware of machines of lab local" in said) == (5, True)


def test_who_may_not_decide_is_told_which_scope_that_needs(
    bootfarm: Bootfarm, judged: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trust(bootfarm, "trust", "--lab", "local", "--reason", "ours")[0] == 0
    code, said = trust(bootfarm, "trust", "--lab", "local", "--reason", "ours")
    assert (code, "That is standing approval 1 already, by sol: ours" in said) == (2, True)
    speak_as(monkeypatch, judged, "eve", Scope.SUBMIT)
    for argv in (("trust", "--repo", "project"), ("distrust", "--lab", "local")):
        code, said = trust(bootfarm, *argv, "--reason", "x")
        assert (code, 'needs the scope "attest-approve", which eve does not have' in said) == (4, True)
    assert len(bootfarm("attest", "reference", "trusted").rows) == 1


def test_the_help_says_that_no_branch_is_meant(bootfarm: Bootfarm) -> None:
    told = " ".join(bootfarm("attest", "reference", "trust", "--help").out.split())
    assert "every commit that it can resolve, not of a branch" in told


def test_the_command_knows_every_field() -> None:
    assert list(Standing.model_fields) == list(StandingOut.model_fields)
