"""The exit status says what happened, and a sentence says what to do."""

import pytest

from farm.states import Cause
from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import SpeakingFarm, boot, build, problem, submission


@pytest.mark.parametrize(
    ("status", "cause", "code"),
    [
        ("pass", None, 0),
        ("fail", Cause.GUEST_PANIC, 1),
        ("infra", Cause.WORKER_LOST, 3),
        ("cancelled", Cause.BY_USER, 6),
    ],
)
def test_watch_ends_with_the_verdict(
    farm: SpeakingFarm, bootfarm: Bootfarm, status: str, cause: Cause | None, code: int
) -> None:
    farm.on("GET", "/boots/boot-12", boot(status=status, cause=cause))
    assert bootfarm("watch", "12").code == code


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 2), (401, 4), (403, 4), (404, 5), (409, 2), (410, 5), (413, 2), (422, 2), (500, 3), (503, 3), (507, 3)],
)
def test_a_refusal_is_one_sentence_a_next_step_and_its_status(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    farm.problem("GET", "/boots/boot-1", status, "No.", next_step="Do this.")
    ended = bootfarm("show", "boot-1")
    assert (ended.code, ended.out, ended.err) == (code, "", "bootfarm: No.\nDo this.\n")


def test_a_farm_that_is_not_there_is_9(bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTFARM_URL", "http://127.0.0.1:1")
    ended = bootfarm("list")
    assert ended.code == 9
    assert "No farm answers at http://127.0.0.1:1" in ended.err
    assert "bootfarm up" in ended.err


def test_a_url_that_is_none_is_9(bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTFARM_URL", "what is this")
    assert bootfarm("list").code == 9


def test_an_answer_that_is_no_farms_is_3(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots", {"hello": "world"})
    ended = bootfarm("list")
    assert ended.code == 3
    assert "not a farm's answer" in ended.err


def test_a_farm_that_restarts_is_asked_again(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", [problem(503, "Not now."), problem(502, "Nobody."), boot()])
    assert bootfarm("show", "12").code == 0


def test_a_post_without_a_key_is_sent_once(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.problem("POST", "/boots/boot-12/rerun", 503, "Not now.")
    assert bootfarm("rerun", "12").code == 3
    assert len(farm.calls("POST", "/boots/boot-12/rerun")) == 1


def test_still_running_when_the_wait_ends_is_8(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot(status="running"))
    ended = bootfarm("watch", "12", "--timeout", "100ms")
    assert ended.code == 8
    assert "bootfarm watch boot-12" in ended.err


@pytest.mark.parametrize(
    "argv",
    [
        ("frobnicate",),
        ("show",),
        ("show", "boots-1"),
        ("show", "0"),
        ("watch", "12", "--timeout", "soon"),
        ("list", "machines"),
        ("logs", "submission-1"),
        ("logs", "1", "--raw", "-t"),
        ("rerun", "build-1"),
        ("rerun", "boot-1", "--failed"),
        ("machine", "offline", "qemu-1"),
        ("machine", "add", "m", "--option", "memory"),
        ("login", "--token", "bf_secret"),
        ("up", "--once", "--no-submit"),
        ("api", "GET", "http://elsewhere/"),
        ("check", "missing.toml"),
    ],
)
def test_a_wrong_command_line_is_2(farm: SpeakingFarm, bootfarm: Bootfarm, argv: tuple[str, ...]) -> None:
    ended = bootfarm(*argv)
    assert ended.code == 2
    assert ended.err
    assert farm.asked == []


def test_a_mistyped_command_names_the_nearest(bootfarm: Bootfarm) -> None:
    assert "list" in bootfarm("lst").err


def test_bisect_skips_a_sick_machine_and_a_commit_that_does_not_build(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    unbuilt = boot(1, "fail", Cause.BUILD_ERROR)
    seen = [
        (submission(status="pass"), 0),
        (submission(status="fail", boots=[boot(1, "fail", Cause.GUEST_EXIT), unbuilt]), 1),
        (submission(status="fail", boots=[unbuilt], builds=[build(3, "fail", Cause.BUILD_ERROR)]), 125),
        (submission(status="infra"), 125),
        (submission(status="cancelled"), 125),
    ]
    for answer, code in seen:
        farm.on("GET", "/submissions/submission-7", answer)
        assert bootfarm("watch", "submission-7", "--bisect").code == code
    farm.on("GET", "/submissions/submission-7", submission(status="running"))
    assert bootfarm("watch", "submission-7", "--bisect", "--timeout", "50ms").code == 125


def test_bisect_aborts_on_what_no_other_commit_will_mend(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootfarm("watch", "submission-9", "--bisect").code == 255
    assert bootfarm("watch", "--bisect", "--nonsense").code == 255
    farm.problem("GET", "/submissions/submission-7", 401, "Who?")
    assert bootfarm("watch", "submission-7", "--bisect").code == 255


def test_a_reader_that_leaves_is_no_failed_boot(farm: SpeakingFarm) -> None:
    import os
    import subprocess
    import sys

    farm.on("GET", "/boots", {"items": [boot(n).model_dump(mode="json") for n in range(1, 400)], "next": None})
    command = f"{sys.executable} -m cli.main list -L 399; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | head -n 1"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.strip() in ("141", "0")  # 0 when all of it fitted into the pipe
