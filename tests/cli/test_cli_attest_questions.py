"""`bootfarm attest`: the questions of the history, asked of a real web application over a made-up farm."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from cli.commands.attest import answer_shapes
from farm.demo.shape import Part
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm
from tests.cli.served import served
from tests.cli.terminal import Terminal
from tests.farm.made_up import SHAPE, machine
from web import compare_models, question_models

DETOUR = machine(Part.DETOUR).name


@pytest.fixture(autouse=True)
def serving(made_up: Farm, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The farm of this test answers over HTTP."""
    with served(made_up) as url:
        monkeypatch.setenv("BOOTFARM_URL", url)
        yield


def test_latest_says_where_each_machine_stands(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "latest")
    assert ended.code == 0
    by_name = {row[0]: row[1] for row in ended.rows}
    assert by_name[DETOUR] == "contraindicated"
    assert by_name[machine(Part.NEVER).name] == "never attested"
    assert {row[1] for row in bootfarm("attest", "latest", "--tier", "silent").rows} == {"silent"}


def test_history_is_filtered_and_says_when_there_is_more(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "history", "--machine", DETOUR, "--tier", "contraindicated", "-L", "3")
    assert [row[2:4] for row in ended.rows] == [[DETOUR, "contraindicated"]] * 3
    assert ended.rows[0][0].endswith("Z"), "times are UTC"
    assert "-L 6 shows more" in ended.err


def test_history_is_of_a_key_an_image_or_a_firmware(bootfarm: Bootfarm) -> None:
    asked = ("attest", "history", "--machine", DETOUR, "-L", "1", "--json=platform_ak_name,image,boot")
    last = json.loads(bootfarm(*asked).out)["items"][0]
    of_key = bootfarm("attest", "history", "--ak", last["platform_ak_name"][:12], "-L", "100").rows
    assert {row[2] for row in of_key} == {DETOUR}
    both = bootfarm("attest", "history", "--ak", last["platform_ak_name"], "--image", last["image"][:10])
    assert [row[1] for row in both.rows] == [last["boot"]]
    assert bootfarm("attest", "history", "--firmware", "other").err.strip() == "No appraisal matches."
    new = bootfarm("attest", "latest", "--firmware", "made-up 1.14", "--reason", "binding-firmware")
    assert new.code == 0
    assert DETOUR in {row[0] for row in bootfarm("attest", "latest", "--reason", "binding-pcr4").rows}


def test_images_say_where_each_ran(bootfarm: Bootfarm) -> None:
    (row,) = bootfarm("attest", "images", "-L", "1").rows
    assert row[1:3] == ["approved", f"build-{SHAPE.commits}"]
    assert row[4:7] == [str(SHAPE.machines), row[5], f"boot-{SHAPE.commits * SHAPE.machines}"]
    assert row[5].startswith("1 contraindicated, 1 verifier error, ")
    assert len(list(csv.DictReader(io.StringIO(bootfarm("attest", "images", "--csv").out)))) == SHAPE.commits
    assert bootfarm("attest", "images", "--at", "2020-01-01").err.strip() == "No image is known."


def test_ran_takes_a_prefix_and_names_machines_without_evidence(bootfarm: Bootfarm) -> None:
    image = json.loads(bootfarm("attest", "history", "-L", "1", "--json=image").out)["items"][0]["image"]
    by_name = {row[0]: row[1] for row in bootfarm("attest", "ran", image[:12].upper()).rows}
    assert len(by_name) == SHAPE.machines
    assert by_name[machine(Part.NEVER).name] == "no evidence"


def test_what_changed_first_and_why(bootfarm: Bootfarm) -> None:
    rows = bootfarm("attest", "first-changed", "--machine", DETOUR, "--pcr", "4", "--since", "60d").rows
    assert [(row[1], row[2], row[5]) for row in rows] == [(DETOUR, "PCR4 platform", "unexplained")]
    unbound = ("attest", "first-changed", "--machine", machine(Part.UNBOUND).name, "--since", "60d")
    assert bootfarm(*unbound).rows == []
    assert [(row[2], row[5]) for row in bootfarm(*unbound, "--expected").rows] == [("PCR10 quote", "image")]
    assert bootfarm(*unbound, "--cause", "image").rows == bootfarm(*unbound, "--expected").rows
    changes = bootfarm("attest", "changes", "--cause", "unexplained", "--worse", "--since", "60d").rows
    assert [(row[1], row[4]) for row in changes] == [(DETOUR, "contraindicated")]


def test_flaps_are_folded_on_a_terminal_alone(bootfarm: Bootfarm) -> None:
    flapping = machine(Part.FLAPPING).name
    asked = ("attest", "changes", "--machine", flapping, "--cause", "unexplained", "--since", "60d")
    rows = bootfarm(*asked).rows
    assert len(rows) > 4
    shown = Terminal(*asked, "--no-color").end().splitlines()
    assert "cause" in shown[0]
    assert f"unexplained, {len(rows)} flips" in shown[1]
    assert f"{rows[-1][6].split(' -> ')[0]} -> {rows[0][6].split(' -> ')[1]}" in shown[1]
    assert shown[2:] == [f"{len(rows)} flips between two values are folded; --unfold shows each."]
    assert Terminal(*asked, "--unfold", "--no-color").end().count(flapping) == len(rows)
    assert len(json.loads(Terminal(*asked, "--json").end())["items"]) == len(rows)
    assert Terminal(*asked, "--csv").end().count(flapping) == len(rows)


def test_values_of_pcr_zero_count_as_a_choice(bootfarm: Bootfarm) -> None:
    rows = bootfarm("attest", "measurements", "--machine", machine(Part.UPDATED).name, "--pcr", "0").rows
    assert [row[:3] for row in rows] == [[machine(Part.UPDATED).name, "0", "platform"]] * 2


def test_who_relied_and_who_got_worse(bootfarm: Bootfarm) -> None:
    assert len(bootfarm("attest", "relied", str(SHAPE.commits // 2 + 1)).rows) >= SHAPE.machines - 2
    assert DETOUR in {row[0] for row in bootfarm("attest", "worse", "--since", "60d").rows}


def test_two_boots_side_by_side(bootfarm: Bootfarm) -> None:
    a, b = (SHAPE.boot(SHAPE.commits - back, machine(Part.DETOUR)) for back in (17, 15))
    ended = bootfarm("attest", "compare", str(a), f"boot-{b}")
    assert ended.code == 0
    assert ended.out.startswith("Different: commit, image, tier, PCR4 platform")
    assert "Boot0001 failed, trying Boot0003" in ended.out
    assert "| what | " in bootfarm("attest", "compare", "--markdown", str(a), str(b)).out
    assert bootfarm("attest", "compare", str(a), str(a)).out.startswith("Nothing differs. Compared: ")


def test_an_empty_answer_is_a_sentence_and_no_failure(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "worse", "--since", "1m")
    assert (ended.code, ended.out, ended.err.strip()) == (0, "", "No machine got worse.")


def test_a_day_is_a_time(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "history", "--since", "2020-01-01", "--until", "2020-01-02")
    assert (ended.code, ended.err.strip()) == (0, "No appraisal matches.")
    assert bootfarm("attest", "latest", "--at", "2020-01-01").err.strip() == "No machine matches."
    assert "its midnight in UTC" in " ".join(bootfarm("attest", "latest", "--help").out.split())


def test_csv_has_all_rows_whatever_the_limit(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "latest", "--csv", "-L", "1")
    assert len(list(csv.DictReader(io.StringIO(ended.out)))) == SHAPE.machines
    assert bootfarm("attest", "latest", "--csv", "--json").code == 2


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("latest", "--machine", "nuc-99"), 5, "There is no machine"),
        (("ran", "0123456789"), 5, "ever seen here"),
        (("ran", "zz"), 2, "is not a digest"),
        (("history", "--ak", "abc"), 2, "is not the Name of a key"),
        (("history", "--ak", "000b000000"), 5, "No evidence was ever signed with a key"),
        (("history", "--since", "yesterday"), 2, "write a time such as"),
        (("compare", "1", "build-2"), 2, "build"),
        (("relied", "999999"), 5, "There is no reference value"),
        (("relied", "99999999999999999999"), 5, "There is no reference value 99999999999999999999."),
        (("relied", "x"), 2, "'x' is not a valid whole number."),
        (("changes", "--pcr", "x"), 2, "'x' is not a valid whole number."),
        (("history", "--until", "0001-01-01T00:00:00+14:00"), 2, "years 1970 to 9998"),
    ],
)
def test_what_is_wrong_ends_in_a_sentence_and_its_status(
    bootfarm: Bootfarm, argv: tuple[str, ...], code: int, words: str
) -> None:
    ended = bootfarm("attest", *argv)
    assert ended.code == code, ended.err
    assert words in ended.err


@pytest.mark.parametrize(
    ("shape", "model"),
    [
        (answer_shapes.Latest, question_models.LatestOut),
        (answer_shapes.AppraisalLine, question_models.AppraisalLineOut),
        (answer_shapes.Ran, question_models.RanOut),
        (answer_shapes.KnownImage, question_models.KnownImageOut),
        (answer_shapes.Measurement, question_models.MeasurementOut),
        (answer_shapes.ChangeLine, question_models.ChangeOut),
        (answer_shapes.Worse, question_models.WorseOut),
        (answer_shapes.Relied, question_models.ReliedOut),
        (answer_shapes.Comparison, compare_models.ComparisonOut),
        (answer_shapes.PcrDifference, compare_models.PcrDifferenceOut),
    ],
)
def test_the_command_knows_every_field_of_the_farms_answers(shape: type, model: type) -> None:
    assert list(shape.model_fields) == list(model.model_fields)  # type: ignore[attr-defined]
