"""`bootfarm attest reference list|show|approve|retire|deny`, of a real farm over HTTP."""

import json

import pytest

from cli.api_client import ApiClient
from cli.commands.attest.shapes import Decision, Reference
from farm.access import Caller, Scope
from farm.artifacts import Artifact
from farm.database import now
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.references import states
from tests.cli.cli_calls import Bootfarm, Ended
from tests.cli.served import speak_as
from tests.farm import attest_steps as attest
from web.api.people.references import DecisionOut, ReferenceOut

IMAGE = attest.IMAGE.hex()


def reference(bootfarm: Bootfarm, *argv: str) -> Ended:
    return bootfarm("attest", "reference", *argv)


def another_boot(farm: Farm, **how: object) -> int:
    """Also attests on null-1, and is appraised."""
    boot = attest.build(farm, Caller(1, "ada", frozenset(Scope)))
    attest.run(farm, boot, **how)  # type: ignore[arg-type]
    return boot


@pytest.mark.usefixtures("judged")
def test_values_are_listed_the_newest_first_as_rows_and_as_json(bootfarm: Bootfarm) -> None:
    rows = reference(bootfarm, "list").rows
    assert [row[:2] for row in rows] == [["4", "firmware"], ["3", "firmware"], ["2", "firmware"], ["1", "image"]]
    assert rows[0][3:5] == ["pending", "PCR 7 of ovmf on null-1"]
    assert rows[3][2:5] == [IMAGE, "pending", "build-1"]
    told = json.loads(reference(bootfarm, "list", "--json").out)
    assert ([one["id"] for one in told["items"]], told["next"]) == ([4, 3, 2, 1], None)
    narrowed = json.loads(reference(bootfarm, "list", "--kind", "image", "--json=id,state").out)
    assert narrowed["items"] == [{"id": 1, "state": "pending"}]
    assert reference(bootfarm, "list", "--format", "{id} {kind}", "-L", "1").out == "4 firmware\n"


@pytest.mark.usefixtures("judged")
def test_a_list_is_narrowed_and_says_when_there_is_more_or_nothing(bootfarm: Bootfarm) -> None:
    ended = reference(bootfarm, "list", "-L", "3")
    assert ([row[0] for row in ended.rows], ended.err) == (["4", "3", "2"], "These are 3; -L 6 shows more.\n")
    assert json.loads(reference(bootfarm, "list", "-L", "3", "--json").out)["next"] == "2"
    assert len(reference(bootfarm, "list", "-L", "1000").rows) == 4, "more than one page of the API may have"
    assert [row[0] for row in reference(bootfarm, "list", "--digest", IMAGE[:6].upper()).rows] == ["1"]
    assert [row[0] for row in reference(bootfarm, "list", "--state", "pending", "--kind", "image").rows] == ["1"]
    nothing = reference(bootfarm, "list", "--state", "denied")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "No reference value matches.\n")


@pytest.mark.usefixtures("judged")
def test_one_value_is_shown_with_where_it_came_from_and_who_decided(bootfarm: Bootfarm) -> None:
    reference(bootfarm, "approve", "1", "--reason", "reviewed")
    rows = reference(bootfarm, "show", "1").rows
    told = dict(row for row in rows if len(row) == 2)
    assert (told["kind"], told["digest"], told["state"], told["build"]) == ("image", IMAGE, "approved", "build-1")
    assert {"authenticode", "pcr4", "pcr10", "created_at"} <= told.keys()
    assert "pcr" not in told, "what it has not is left out"
    assert [(row[0], *row[2:3]) for row in rows if len(row) == 4] == [("pending", "farm"), ("approved", "sol")]
    assert dict(row for row in reference(bootfarm, "show", "2").rows if len(row) == 2)["pcr"] == "0"
    shown = json.loads(reference(bootfarm, "show", "1", "--json").out)
    assert (shown["state"], shown["decisions"][-1]["why"]) == ("approved", "reviewed")


@pytest.mark.usefixtures("judged")
def test_a_decision_is_printed_and_stays(bootfarm: Bootfarm) -> None:
    assert reference(bootfarm, "approve", "1", "--reason", " reviewed ").rows == [
        ["1", "image", IMAGE, "approved", "build-1", "reviewed"]
    ]
    assert json.loads(reference(bootfarm, "retire", "1", "--reason", "older", "--json").out)["state"] == "retired"
    denied = json.loads(reference(bootfarm, "deny", "1", "--reason", "a weakness", "--json").out)
    assert [one["state"] for one in denied["decisions"]] == ["pending", "approved", "retired", "denied"]
    assert {one["by"] for one in denied["decisions"][1:]} == {"sol"}


def test_who_decided_in_between_is_not_overwritten(
    bootfarm: Bootfarm, judged: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = ApiClient.tag

    def look_and_dawdle(client: ApiClient, path: str) -> str:
        tag = look(client, path)
        with judged.db.writing() as session:
            found = states.reference(session, 1)
            states.decide(session, found, ReferenceState.DENIED, by="bob", why="it is malware")
        return tag

    monkeypatch.setattr(ApiClient, "tag", look_and_dawdle)
    ended = reference(bootfarm, "approve", "1", "--reason", "reviewed")
    assert (ended.code, ended.out) == (2, "")
    assert "Reference value 1 has changed since you saw it: bob made it denied at" in ended.err
    assert "because: it is malware" in ended.err
    assert "decide anew" in ended.err


def test_all_that_a_good_boot_met_is_approved_at_once(bootfarm: Bootfarm, judged: Farm) -> None:
    told = json.loads(reference(bootfarm, "approve", "boot-1", "--reason", "seen it", "--json=id,state").out)
    assert told["items"] == [{"id": number, "state": "approved"} for number in (1, 2, 3, 4)]
    again = reference(bootfarm, "approve", "boot-1", "--reason", "seen it")
    assert (again.code, "None of the 4 values that boot-1 met is pending" in again.err) == (2, True)
    another_boot(judged, firmware=b"newer firmware")
    assert [row[1:5] for row in reference(bootfarm, "approve", "boot-2", "--reason", "seen it, too").rows] == [
        ["firmware", rows[2], "approved", "PCR 0 of ovmf on null-1"]
        for rows in reference(bootfarm, "list", "-L", "1").rows
    ]


WRONG = (
    ("list --kind song", 2, "'song' is not one of"),
    ("list --state loved", 2, "'loved' is not one of"),
    ("list --digest zz", 2, "digest must look like"),
    ("list -L 0", 2, "0 is not in the range"),
    ("list --json=colour", 2, 'There is no field "colour" here.'),
    ("show 999", 5, "There is no reference value 999."),
    ("show 99999999999999999999", 5, "There is no reference value 99999999999999999999."),
    ("show x", 2, "'x' is not a valid whole number."),
    ("show 0", 2, "0 is not in the range"),
    ("show", 2, "Missing argument"),
    ("approve 1", 2, "Missing option '--reason'."),
    ("approve 999 --reason x", 5, "There is no reference value 999."),
    ("approve boot-9 --reason x", 5, "boot-9 was never appraised."),
    ("approve build-1 --reason x", 2, '"build-1" is neither a reference value nor a boot.'),
    ("approve ² --reason x", 2, '"²" is neither a reference value nor a boot.'),
    ("approve ../policies --reason x", 2, '"../policies" is neither'),
    ("retire x --reason x", 2, "'x' is not a valid whole number."),
    ("retire 999 --reason x", 5, "There is no reference value 999."),
    ("deny 999 --reason x", 5, "There is no reference value 999."),
    ("deny 1", 2, "Missing option '--reason'."),
)


@pytest.mark.usefixtures("judged")
def test_what_is_wrong_ends_in_a_sentence_and_its_status(bootfarm: Bootfarm) -> None:
    for argv, code, words in WRONG:
        ended = reference(bootfarm, *argv.split())
        assert (ended.code, ended.out, words in ended.err) == (code, "", True), f"{argv}: {ended}"


def test_what_does_not_fit_what_is_there_is_refused(bootfarm: Bootfarm, judged: Farm) -> None:
    assert reference(bootfarm, "approve", "1", "--reason", "fine").code == 0
    again = reference(bootfarm, "approve", "1", "--reason", "fine")
    assert (again.code, again.err) == (2, "bootfarm: Reference value 1 is approved already.\n")
    for reason, words in ((" ", "say it in one sentence."), ("x" * 401, "why must have at most 400 characters.")):
        refused = reference(bootfarm, "retire", "1", "--reason", reason)
        assert (refused.code, words in refused.err) == (2, True), refused.err
    bad = another_boot(judged, efi=b"MZ something else ran")
    refused = reference(bootfarm, "approve", f"boot-{bad}", "--reason", "fine")
    assert (refused.code, f"boot-{bad} is contraindicated (binding-pcr4)" in refused.err) == (2, True)


def test_who_may_not_decide_is_told_which_scope_that_needs(
    bootfarm: Bootfarm, judged: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_as(monkeypatch, judged, "eve", Scope.SUBMIT, Scope.OPERATE)
    for argv in (("approve", "1"), ("approve", "boot-1"), ("retire", "1"), ("deny", "1")):
        refused = reference(bootfarm, *argv, "--reason", "x")
        assert (refused.code, 'needs the scope "attest-approve", which eve does not' in refused.err) == (4, True)
    monkeypatch.setenv("BOOTFARM_TOKEN", "bf_unknown")
    assert reference(bootfarm, "deny", "1", "--reason", "x").code == 4
    monkeypatch.delenv("BOOTFARM_TOKEN")
    assert reference(bootfarm, "deny", "1", "--reason", "x").code == 4
    assert {row[3] for row in reference(bootfarm, "list").rows} == {"pending"}, "anybody may read, and nothing changed"


def test_a_prefix_that_fits_several_images_lists_them(bootfarm: Bootfarm, judged: Farm) -> None:
    with judged.db.writing() as session:
        for last in "01":
            session.add(Artifact(digest="ab" * 31 + "0" + last, size=1, stored_at=now()))
    ended = bootfarm("attest", "ran", "abababab")
    assert (ended.code, "abababab fits 2 digests: " in ended.err) == (2, True), ended.err
    rows = reference(bootfarm, "list", "--digest", IMAGE[:1]).rows
    assert [row[2][0] for row in rows] == [IMAGE[0]] * len(rows)


@pytest.mark.parametrize(("shape", "model"), [(Reference, ReferenceOut), (Decision, DecisionOut)])
def test_the_command_knows_every_field(shape: type, model: type) -> None:
    assert list(shape.model_fields) == list(model.model_fields)  # type: ignore[attr-defined]
