"""`bootfarm attest show`, and `verify` of a boot, of a real farm over HTTP."""

import json

import pytest

from cli.commands.attest.shapes import Appraisal, Appraisals
from farm.access import Caller, Scope
from farm.evidence.step_names import ALL
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from web.api.people.appraisals import AppraisalList, AppraisalOut

ADA = Caller(1, "ada", frozenset(Scope))


@pytest.mark.usefixtures("judged")
def test_the_tier_the_statement_and_all_checks_are_shown(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "show", "1")
    *rows, last = ended.rows
    assert (ended.code, [row[0] for row in rows]) == (0, list(ALL))
    shown = {row[0]: row[1:] for row in rows}
    nonce = shown["nonce"]
    assert (nonce[0], len(nonce[1]), nonce[2]) == ("pass", 32, nonce[1])
    assert last[0].startswith("warning: ")
    assert "Held back by image." in ended.err


def test_a_refused_boot_shows_what_was_expected_and_what_came(bootfarm: Bootfarm, judged: Farm) -> None:
    attest.decide_all(judged)
    boot = attest.build(judged, ADA)
    attest.run(judged, boot, key=attest.OTHER_KEY)
    ended = bootfarm("attest", "show", f"boot-{boot}")
    shown = {row[0]: row[1:] for row in ended.rows[:-1]}
    outcome, expected, actual, why = shown["binding-ak-known"]
    assert (outcome, why) == ("fail", "it is not the key pinned for this machine")
    assert expected.startswith("key with Name 000b")
    assert expected != actual
    assert shown["binding-signature"] == ["not-run", "", "", ""]
    assert ended.rows[-1][0].startswith("contraindicated: ")
    verified = bootfarm("attest", "verify", f"boot-{boot}")
    assert verified.code == 7
    assert verified.out.splitlines()[-1].startswith("contraindicated: ")


def test_json_has_the_signed_result_and_earlier_runs(bootfarm: Bootfarm, judged: Farm) -> None:
    found = json.loads(bootfarm("attest", "show", "1", "--json").out)
    assert found["ear"].count(".") == 2
    assert (found["boot"], found["tier"], len(found["steps"])) == ("boot-1", "warning", 35)
    assert bootfarm("attest", "show", "1", "--json=tier").out == '{"tier": "warning"}\n'
    assert len(json.loads(bootfarm("attest", "show", "1", "--all", "--json").out)["items"]) == 1
    assert bootfarm("attest", "show", "1", "--all").code == 2


def test_a_fault_of_the_verifier_is_told_as_ours(bootfarm: Bootfarm, judged: Farm) -> None:
    boot = attest.build(judged, ADA)
    with attest.broken_verifier():
        attest.run(judged, boot)
    ended = bootfarm("attest", "show", str(boot))
    assert ended.out == "verifier error: The farm's verifier failed, so nothing is known of this evidence.\n"
    assert "It ended so: RuntimeError: a bug of ours." in ended.err
    assert "Another run is owed" in ended.err


def test_what_is_not_there_ends_in_a_sentence(bootfarm: Bootfarm, judged: Farm) -> None:
    boot = attest.build(judged, ADA)
    steps.start_boot(judged, boot)
    for argv, code, words in (
        (("show", str(boot)), 5, f"Nothing was appraised of boot-{boot}."),
        (("show", "boot-99"), 5, "boot-99"),
        (("show", "build-1"), 2, "This works on a boot"),
        (("verify", "boot-99"), 5, "boot-99"),
        (("verify", str(boot)), 5, "left no evidence"),
        (("verify", "x"), 2, "is not an id"),
        (("verify",), 2, "Name either BOOT or --offline BUNDLE."),
        (("verify", "1", "--offline", "b.zip"), 2, "Name either BOOT or --offline BUNDLE."),
    ):
        ended = bootfarm("attest", *argv)
        assert (ended.code, ended.out, words in ended.err) == (code, "", True), f"{argv}: {ended}"


@pytest.mark.usefixtures("judged")
def test_a_boot_of_the_farm_is_judged_again_here(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "verify", "boot-1")
    assert (ended.code, len(ended.rows)) == (0, 36)
    assert ended.out.splitlines()[-1].startswith("warning: ")
    assert bootfarm("attest", "verify", "1", "--require", "affirming").code == 7
    assert json.loads(bootfarm("attest", "verify", "1", "--json").out)["source"].startswith("boot-1 of ")


@pytest.mark.parametrize(("shape", "model"), [(Appraisal, AppraisalOut), (Appraisals, AppraisalList)])
def test_the_command_knows_every_field(shape: type, model: type) -> None:
    assert list(shape.model_fields) == list(model.model_fields)  # type: ignore[attr-defined]
