"""What is printed can be chosen: fields of JSON, or a template; a field that there isn't is refused before any call."""

import json
from pathlib import Path

import pytest

from cli import farm_shapes, shapes
from farm.states import Cause
from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import SpeakingFarm, boot, listed, machine, submission
from tests.cli.talking_console import TalkingConsole
from web import models
from web.api import admin
from web.api.people import machines, me, repositories
from web.api.people import submissions as submissions_api


def test_json_of_some_fields_has_only_these(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot())
    farm.on("GET", "/boots", listed(boot(12), boot(11, "fail", Cause.GUEST_PANIC), next="11"))
    assert json.loads(bootfarm("show", "12", "--json=id,verdict").out) == {"id": "boot-12", "verdict": "pass"}
    assert json.loads(bootfarm("list", "--json=id, cause", "-L", "2").out) == {
        "items": [{"id": "boot-12", "cause": None}, {"id": "boot-11", "cause": "guest-panic"}],
        "next": "11",
    }


def test_json_without_fields_does_not_take_the_next_word_for_them(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot())
    assert json.loads(bootfarm("show", "--json", "12").out) == boot().model_dump(mode="json")


def test_watch_narrows_every_line(farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.watching.POLL_SECONDS", 0.02)
    farm.on("GET", "/boots/boot-12", [boot(status="running"), boot()])
    lines = bootfarm("watch", "12", "--json=status", "-q").out.splitlines()
    assert [json.loads(line) for line in lines] == [{"status": "running"}, {"status": "pass"}]


def test_a_bare_json_lists_the_fields_and_calls_nobody(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    ended = bootfarm("show", "--json=")
    assert ended.code == 0
    assert ["id", "boot,build,submission"] in ended.rows
    assert ["ref", "submission"] in ended.rows
    assert ["health"] in bootfarm("machine", "list", "--json=").rows
    assert farm.asked == []


@pytest.mark.parametrize(
    "argv",
    [
        ("list", "--json=id,verdit"),
        ("list", "--format", "{verdit}"),
        ("submit", "--json=id,statsu"),
        ("cancel", "boot-12", "--json=refs"),
        ("cancel", "boot-12", "--json=ref"),  # a submission's
        ("machine", "add", "x", "--json=nmae"),
    ],
)
def test_an_unknown_field_is_refused_before_anything_is_asked(
    farm: SpeakingFarm, bootfarm: Bootfarm, argv: tuple[str, ...]
) -> None:
    ended = bootfarm(*argv)
    assert (ended.code, ended.out, farm.asked) == (2, "", [])
    assert "There is no field" in ended.err


def test_the_refusal_names_the_nearest_field(bootfarm: Bootfarm) -> None:
    assert 'Did you mean "verdict"?' in bootfarm("list", "--json=verdit").err
    assert "A bare --json= lists the fields." in bootfarm("list", "--json=zzz").err


def test_a_template_is_a_line_for_each(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots", listed(boot(12), boot(11, "fail", Cause.GUEST_PANIC)))
    farm.on("GET", "/submissions/submission-7", submission(boots=[boot()]))
    farm.on("GET", "/machines", {"items": [machine().model_dump(mode="json")]})
    assert bootfarm("list", "--format", r"{id}\t{verdict:>9}|{cause}").out == (
        "boot-12\t     pass|\nboot-11\t     fail|guest-panic\n"
    )
    assert bootfarm("show", "submission-7", "--format", "{boots[0][id]} of {id}").out == "boot-12 of submission-7\n"
    assert bootfarm("show", "submission-7", "--format", "{{{id}}}").out == "{submission-7}\n"
    assert bootfarm("machine", "list", "--format", "{name} {tags} {held}").out == "qemu-1 virtual no\n"


def test_a_template_shapes_console_lines_and_plans_too(farm: SpeakingFarm, bootfarm: Bootfarm, person: Path) -> None:
    farm.on("GET", "/boots/boot-12/log/serial", TalkingConsole(b"a\nb\n", []))
    assert bootfarm("logs", "12", "--format", "{n}: {text}").out == "1: a\n2: b\n"
    (person / ".bootfarm.toml").write_text("schema = 1\n")
    assert bootfarm("check", "--format", "{ok}").out == "yes\n"


@pytest.mark.parametrize("template", ["", "ready", "{{", "{{id}}", "{id", "{id.x}", "{id!z}", "{id:d}", "{boots[9]}"])
def test_a_template_that_is_none_is_a_sentence(farm: SpeakingFarm, bootfarm: Bootfarm, template: str) -> None:
    farm.on("GET", "/submissions/submission-7", submission())
    ended = bootfarm("show", "submission-7", "--format", template)
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err


def test_json_and_a_template_exclude_each_other(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    assert bootfarm("list", "--json", "--format", "{id}").code == 2
    assert farm.asked == []


@pytest.mark.parametrize(
    ("shape", "model"),
    [
        (shapes.Boot, models.BootDetail),
        (shapes.Build, models.BuildOut),
        (shapes.Submission, models.SubmissionDetail),
        (shapes.Step, models.StepOut),
        (shapes.Case, models.CaseOut),
        (shapes.Artifact, models.ArtifactOut),
        (farm_shapes.Machine, models.MachineOut),
        (farm_shapes.Me, me.MeOut),
        (farm_shapes.Repository, repositories.RepositoryOut),
        (farm_shapes.Token, admin.TokenOut),
        (farm_shapes.NewToken, admin.NewToken),
        (farm_shapes.Preview, submissions_api.Preview),
        (farm_shapes.Setting, submissions_api.SettingOut),
        (farm_shapes.PlannedBoot, submissions_api.PlannedBootOut),
        (farm_shapes.Worker, machines.WorkerOut),
    ],
)
def test_the_fields_that_can_be_chosen_are_those_that_the_farm_says(
    shape: type[shapes.Shape], model: type[models.BaseModel]
) -> None:
    assert set(shape.model_fields) >= set(model.model_fields)
