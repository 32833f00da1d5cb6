"""Watching tells what happens as it happens, cancels nothing, and ends with the verdict."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from farm.states import Cause
from tests.cli.cli_calls import Bootfarm, git
from tests.cli.speaking_farm import SpeakingFarm, boot, build, listed, step, submission
from tests.cli.talking_console import END, TalkingConsole

LIVE = [
    submission(status="waiting", boots=[boot(12, "waiting", waiting_reason="Waits for build-3.")]),
    submission(status="running", builds=[build(status="running")], boots=[boot(12, "waiting")]),
    submission(status="running", builds=[build(steps=[step("cargo")])], boots=[boot(12, "running")]),
    submission(status="pass", builds=[build(steps=[step("cargo")])], boots=[boot(12)]),
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.watching.POLL_SECONDS", 0.02)


def test_each_change_is_told_once_and_the_address_first(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/submissions/submission-7", list(LIVE))
    farm.on("GET", "/boots/boot-12", boot(12, "running", steps=[step("power on"), step("firmware", finished=False)]))
    ended = bootfarm("watch", "submission-7")
    assert ended.code == 0
    assert ended.err.splitlines() == [
        f"{farm.url}/submissions/submission-7",
        "boot-12  waiting: Waits for build-3.",
        "build-3  running",
        "  build-3  cargo  0.0 s",
        "build-3  pass  31.2 s",
        "  boot-12  power on  0.0 s",
        "boot-12  running on qemu-1",
        "boot-12  pass  31.2 s",
    ]
    assert ended.rows == [["boot-12", "pass", "", "qemu-1", "31.2 s", f"{farm.url}/boots/boot-12"]]


def test_a_long_build_says_once_a_minute_that_it_goes_on(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.progress.QUIET_SECONDS", 0.3)
    running = build(3, "running", steps=[step("cargo", finished=False)])
    farm.on("GET", "/builds/build-3", [running] * 40 + [build(3)])
    told = [line for line in bootfarm("watch", "build-3").err.splitlines() if line.startswith("build-3 cargo  ")]
    assert 1 <= len(told) <= 10
    assert all(re.fullmatch(r"build-3 cargo  \d+\.\d s", line) for line in told)


def test_a_failure_says_why(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot(status="fail", cause=Cause.GUEST_PANIC))
    ended = bootfarm("watch", "12")
    assert "boot-12  fail (guest-panic)  31.2 s: The machine printed a line that the plan forbids" in ended.err
    assert ended.rows[0][:3] == ["boot-12", "fail", "guest-panic"]


def test_json_is_a_line_per_change_and_the_last_is_the_final_object(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/submissions/submission-7", list(LIVE))
    farm.on("GET", "/boots/boot-12", boot(12, "running"))
    lines = [json.loads(line) for line in bootfarm("watch", "submission-7", "--json").out.splitlines()]
    assert [line["status"] for line in lines] == ["waiting", "running", "running", "pass"]
    assert lines[-1] == LIVE[-1].model_dump(mode="json")


def test_quiet_leaves_the_result(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot())
    ended = bootfarm("watch", "12", "-q")
    assert (ended.err, len(ended.rows)) == ("", 1)


def test_logs_are_streamed_and_several_machines_are_told_apart(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on(
        "GET",
        "/submissions/submission-7",
        submission(boots=[boot(12), boot(13), boot(14, "cancelled", started_at=None)]),
    )
    for number in (12, 13):
        farm.on("GET", f"/boots/boot-{number}/log/serial", TalkingConsole(b"hello\nREADY\n", [[3, 12, END]]))
    lines = bootfarm("watch", "submission-7", "--logs").out.splitlines()
    assert [line for line in lines if line.startswith("boot-12 |")] == ["boot-12 | hello", "boot-12 | READY"]
    assert sum(line.startswith("boot-13 |") for line in lines) == 2
    assert lines[-1].startswith("boot-14\t")


def test_logs_of_one_boot_have_no_prefix(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot())
    farm.on("GET", "/boots/boot-12/log/serial", TalkingConsole(b"hello\n", [[6, END]]))
    assert bootfarm("watch", "12", "--logs").out.splitlines()[0] == "hello"


def test_a_retry_takes_the_place_of_the_boot_before_it(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on(
        "GET",
        "/submissions/submission-7",
        [
            submission(status="running", boots=[boot(12, "infra", Cause.WORKER_LOST)]),
            submission(boots=[boot(15, retry_of="boot-12")]),
        ],
    )
    ended = bootfarm("watch", "submission-7")
    assert ended.code == 0
    assert [row[0] for row in ended.rows] == ["boot-15"]
    assert "boot-12  infra (worker-lost)" in ended.err


def test_a_farm_that_restarts_does_not_end_a_watch(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    from tests.cli.speaking_farm import problem

    answers = [boot(status="running"), problem(503, "Not now."), problem(502, "Nobody."), boot()]
    farm.on("GET", "/boots/boot-12", answers)
    assert bootfarm("watch", "12").code == 0


def test_ctrl_c_detaches_and_cancels_nothing(farm: SpeakingFarm) -> None:
    farm.on("GET", "/submissions/submission-7", submission(status="running"))
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "watch", "submission-7"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 20
    while len(farm.asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "nothing was cancelled" in err
    assert "bootfarm watch submission-7" in err
    assert {one.method for one in farm.asked} == {"GET"}


def test_without_id_it_is_my_newest_of_head_and_may_be_a_moment_away(
    farm: SpeakingFarm, bootfarm: Bootfarm, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.watch._LOOK_SECONDS", 0.02)
    farm.on("GET", "/repositories", {"items": [{"name": "runtime", "url": str(checkout)}]})
    farm.on("GET", "/submissions", [listed(), listed(), listed(submission())])
    farm.on("GET", "/submissions/submission-7", submission())
    ended = bootfarm("watch")
    assert ended.code == 0
    assert "waiting up to 60 s" in ended.err
    query = farm.calls("GET", "/submissions")[0].query
    head = git(checkout, "rev-parse", "HEAD")
    assert query == {"mine": ["true"], "repository": ["runtime"], "commit": [head], "limit": ["1"]}


def test_without_id_and_without_submission_it_is_5(farm: SpeakingFarm, bootfarm: Bootfarm, checkout: Path) -> None:
    farm.on("GET", "/repositories", {"items": [{"name": "runtime", "url": str(checkout)}]})
    farm.on("GET", "/submissions", listed())
    assert bootfarm("watch", "--timeout", "50ms").code == 5


def test_fail_fast_ends_at_the_first_failure_and_cancels_nothing(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    failed = boot(12, "fail", Cause.GUEST_PANIC)
    farm.on("GET", "/submissions/submission-7", submission(status="running", boots=[failed, boot(13, "waiting")]))
    ended = bootfarm("watch", "submission-7", "--fail-fast")
    assert ended.code == 1
    assert "submission-7 goes on" in ended.err
    assert {one.method for one in farm.asked} == {"GET"}


def test_fail_fast_waits_for_what_the_farm_lost(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    lost = submission(status="running", boots=[boot(12, "infra", Cause.WORKER_LOST), boot(13, "waiting")])
    farm.on("GET", "/submissions/submission-7", [lost, submission(boots=[boot(14), boot(13)])])
    assert bootfarm("watch", "submission-7", "--fail-fast").code == 0
