"""`bootfarm attest enrolment list|end`, of a real farm over HTTP."""

import json

import pytest

from cli.commands.attest.shapes import Enrolment
from farm import enrolments, machines
from farm.access import Scope
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm, Ended
from tests.cli.served import speak_as
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from web.api.people.enrolments import EnrolmentOut

KEY = enrolments.ak_name(attest.PLATFORM_KEY.public)


def enrolment(bootfarm: Bootfarm, *argv: str) -> Ended:
    return bootfarm("attest", "enrolment", *argv)


def test_all_keys_of_a_machine_are_listed_and_one_is_ended(bootfarm: Bootfarm, judged: Farm) -> None:
    (row,) = enrolment(bootfarm, "list", "null-1").rows
    assert (*row[:4], *row[5:]) == ("1", "virtual", KEY, "lab-host", "in use", "")
    assert enrolment(bootfarm, "end", "null-1", "--reason", "its disk was replaced").out == (
        f"The key {KEY} of null-1 has ended.\n"
    )
    attest.enrol(judged, key=attest.OTHER_KEY)
    ended = json.loads(enrolment(bootfarm, "end", "null-1", "--reason", "once more", "--json").out)
    assert (ended["id"], ended["ended_by"], ended["why"]) == (2, "sol", "once more")
    told = json.loads(enrolment(bootfarm, "list", "null-1", "--json").out)["items"]
    assert [(one["id"], one["why"]) for one in told] == [(2, "once more"), (1, "its disk was replaced")]
    assert told[0]["statement"].startswith("The worker lab-host made the TPM of null-1")
    assert enrolment(bootfarm, "list", "null-1").rows[0][6] == "once more"


WRONG = (
    ("list nul-1", 5, "Did you mean null-1?"),
    ("list a/b", 5, "There is nothing at"),
    ("list", 2, "Missing argument"),
    ("end null-1", 2, "Missing option '--reason'."),
    ("end null-9 --reason x", 5, 'There is no machine "null-9".'),
    ("end null-2 --reason x", 5, "null-2 has no platform key."),
)


@pytest.mark.usefixtures("judged")
def test_what_is_wrong_ends_in_a_sentence_and_its_status(bootfarm: Bootfarm) -> None:
    for argv, code, words in WRONG:
        ended = enrolment(bootfarm, *argv.split())
        assert (ended.code, ended.out, words in ended.err) == (code, "", True), f"{argv}: {ended}"


@pytest.mark.usefixtures("judged")
def test_a_machine_without_a_key_is_told_in_a_sentence(bootfarm: Bootfarm) -> None:
    nothing = enrolment(bootfarm, "list", "null-2")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "null-2 never had a platform key.\n")
    assert json.loads(enrolment(bootfarm, "list", "null-2", "--json").out) == {"items": []}


def test_of_two_who_end_a_key_at_once_the_second_is_told_that_there_is_none(judged: Farm) -> None:
    def end(by: str) -> None:
        with judged.db.writing() as session:
            enrolments.end(session, machines.machine(session, "null-1"), by=by, why=f"{by} says so")

    done = steps.at_once(lambda: end("ada"), lambda: end("eve"))
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "NotFound"]
    with judged.db.reading() as session:
        (found,) = enrolments.of_machine(session, machines.machine(session, "null-1").id)
    assert (found.ended_by, found.why) == [("ada", "ada says so"), ("eve", "eve says so")][done.index(None)]


def test_who_may_not_decide_is_told_which_scope_that_needs(
    bootfarm: Bootfarm, judged: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_as(monkeypatch, judged, "eve", Scope.OPERATE)
    refused = enrolment(bootfarm, "end", "null-1", "--reason", "x")
    assert (refused.code, 'needs the scope "attest-approve", which eve does not' in refused.err) == (4, True)
    monkeypatch.delenv("BOOTFARM_TOKEN")
    assert enrolment(bootfarm, "end", "null-1", "--reason", "x").code == 4
    assert enrolment(bootfarm, "list", "null-1").rows[0][5] == "in use"


def test_the_command_knows_every_field() -> None:
    assert set(Enrolment.model_fields) == set(EnrolmentOut.model_fields)
