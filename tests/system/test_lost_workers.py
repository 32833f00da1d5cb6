"""Workers that are killed, stopped or cut off: nothing that was acknowledged is lost, and nothing is left behind."""

import signal
import time

import pytest

from farm import builds
from tests.conftest import wait_until
from tests.running_farm import RunningFarm
from tests.system.conftest import Project


def state(farm: RunningFarm, path: str) -> str:
    """The state of a boot or build."""
    return str(farm.get(path)["state"])


def step(farm: RunningFarm, path: str) -> str:
    """The name of the step that runs, "" for none."""
    steps = farm.get(path)["steps"]
    return str(steps[-1]["name"]) if steps else ""


def test_a_worker_killed_during_a_boot_costs_an_attempt_and_leaves_no_machine_on(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit("silent", silence="50s", retries=1)
    submission = own_farm.submit("project", ref="main")
    boot_id = submission["boots"][0]["id"]
    # Not as soon as there is a process: what libvirt has yet to let run may end with the worker.
    wait_until("the firmware runs", lambda: step(own_farm, f"/boots/{boot_id}") == "firmware", 60)
    own_farm.kill("booter")
    assert own_farm.machines_on(), "QEMU outlives its worker until a reaper comes"
    wait_until("the boot is given up", lambda: state(own_farm, f"/boots/{boot_id}") == "finished", 30)
    lost = own_farm.get(f"/boots/{boot_id}")
    assert (lost["verdict"], lost["cause"]) == ("infra", "worker-lost")
    own_project.commit("hello")  # what the retry boots is still the first commit's image
    own_farm.start_worker("boot")
    retry = own_farm.get(f"/submissions/{submission['id']}")["boots"][0]
    assert retry["retry_of"] == boot_id
    wait_until("the retry runs", lambda: state(own_farm, f"/boots/{retry['id']}") == "running", 60)
    wait_until("only the retry's machine is on", lambda: len(own_farm.machines_on()) == 1, 20)
    own_farm.call("POST", f"/boots/{retry['id']}/cancel")
    own_farm.verdict(submission)
    wait_until("no machine is on", lambda: own_farm.leftovers() == [], 20)
    assert own_farm.get("/machines/qemu-1")["state"] == "idle"
    assert list((own_farm.folder / "run-booter").glob("boot-*")) == []


def test_retries_after_lost_workers_are_bounded(own_farm: RunningFarm, own_project: Project) -> None:
    own_farm.start_worker("build")
    own_project.commit("silent", silence="50s", retries=1)
    submission = own_farm.submit("project", ref="main")
    for _ in range(2):
        own_farm.start_worker("boot")
        wait_until(
            "an attempt runs",
            lambda: own_farm.get(f"/submissions/{submission['id']}")["boots"][0]["state"] == "running",
            60,
        )
        own_farm.kill("booter")
        attempt = own_farm.get(f"/submissions/{submission['id']}")["boots"][0]["id"]
        wait_until("it is given up", lambda a=attempt: state(own_farm, f"/boots/{a}") == "finished", 30)
    ended = own_farm.verdict(submission)
    assert (ended["boots"][0]["verdict"], ended["boots"][0]["attempt"]) == ("infra", 2)


def test_a_worker_killed_during_a_build_costs_an_attempt_and_the_boot_waits_for_the_next(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit_script(
        "cd /cache/target; if [ -e second ]; then echo MZ > $BOOTFARM_OUT/a.img; else touch second; sleep 300; fi"
    )
    submission = own_farm.submit("project", ref="main")
    build_id = submission["builds"][0]["id"]
    wait_until("it builds", lambda: step(own_farm, f"/builds/{build_id}") == "build", 30)
    time.sleep(0.5)
    own_farm.kill("builder")
    wait_until("no sandbox is left", lambda: own_farm.leftovers() == [], 10)
    wait_until("the build is given up", lambda: state(own_farm, f"/builds/{build_id}") == "finished", 30)
    assert own_farm.get(f"/builds/{build_id}")["cause"] == "worker-lost"
    own_farm.start_worker("build")
    ended = own_farm.verdict(submission)
    assert [build["verdict"] for build in ended["builds"]] == ["infra", "pass"]
    assert ended["boots"][0]["verdict"] == "pass"
    wait_until("no folder is left", lambda: list((own_farm.folder / "run-builder").glob("build-*")) == [], 20)


def test_a_worker_killed_while_it_reports_does_not_change_what_was_written(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit("hello", retries=2)
    for _ in range(3):
        submission = own_farm.submit("project", ref="main")
        boot_id = submission["boots"][0]["id"]
        wait_until("it is in its last step", lambda b=boot_id: "power off" in step(own_farm, f"/boots/{b}"), 60, 0.005)
        own_farm.kill("booter")
        own_farm.start_worker("boot")
        ended = own_farm.verdict(submission)
        assert ended["boots"][0]["verdict"] == "pass"
        earlier = own_farm.get(f"/boots/{boot_id}")
        assert (earlier["verdict"], earlier["cause"]) in {("pass", None), ("infra", "worker-lost")}
    wait_until("no machine is on", lambda: own_farm.leftovers() == [], 20)


def test_a_stopped_worker_whose_lease_ran_out_can_write_nothing_when_it_resumes(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_farm.start_worker("build")
    worker = own_farm.start_worker("boot")
    own_project.commit("flood", retries=0)
    submission = own_farm.submit("project", ref="main")
    boot_id = submission["boots"][0]["id"]
    wait_until("it prints", lambda: own_farm.get(f"/boots/{boot_id}")["console_bytes"] > 0, 60)
    worker.send_signal(signal.SIGSTOP)
    try:
        lost = own_farm.boot(submission)
        assert (lost["verdict"], lost["cause"]) == ("infra", "worker-lost")
    finally:
        worker.send_signal(signal.SIGCONT)
    size = lost["console_bytes"]
    wait_until("the worker switched its machine off", lambda: own_farm.leftovers() == [], 30)
    after = own_farm.get(f"/boots/{boot_id}")
    assert (after["console_bytes"], after["verdict"], after["cases"]) == (size, "infra", lost["cases"])
    assert own_farm.get("/machines/qemu-1")["state"] == "idle"


def test_redis_emptied_in_the_middle_loses_nothing(own_farm: RunningFarm, own_project: Project) -> None:
    own_project.commit("hello")
    first = own_farm.submit("project", ref="main")
    path = f"/builds/{first['builds'][0]['id']}"
    with own_farm.farm.db.reading() as session:
        build = builds.build(session, int(first["builds"][0]["id"].removeprefix("build-")))
        wait_until("the build's message is sent", lambda: session.refresh(build) or build.sent_at, 10)
    own_farm.redis.kill()
    second = own_farm.submit("project", ref="main", machines=["null-1"])
    own_farm.redis.start()
    own_farm.start_worker("build")
    wait_until("the build is done", lambda: state(own_farm, path) == "finished", 60)
    own_farm.start_worker("boot")
    boot = f"/boots/{first['boots'][0]['id']}"
    wait_until("the boot runs", lambda: state(own_farm, boot) == "running", 60)
    own_farm.redis.kill()
    third = own_farm.submit("project", ref="main", machines=["null-1"])
    own_farm.redis.start()
    for submission in (first, second, third):
        assert own_farm.boot(submission)["verdict"] == "pass"
        assert own_farm.get(f"/submissions/{submission['id']}")["boots"][0]["attempt"] == 1


def test_a_worker_told_to_stop_gives_its_boot_back_at_once(own_farm: RunningFarm, own_project: Project) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit("silent", silence="50s", retries=0)
    submission = own_farm.submit("project", ref="main")
    wait_until("QEMU runs", own_farm.machines_on, 60)
    own_farm.stop("booter")
    boot = own_farm.boot(submission, 10)
    assert (boot["verdict"], boot["cause"]) == ("infra", "worker-lost")
    assert "stop" in boot["detail"]
    wait_until("nothing is left", lambda: own_farm.leftovers() == [], 10)


@pytest.mark.parametrize("process", ["web", "dispatcher"])
def test_a_killed_part_of_the_farm_comes_back_and_goes_on(
    own_farm: RunningFarm, own_project: Project, process: str
) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit("hello", retries=2)
    submission = own_farm.submit("project", ref="main")
    own_farm.kill(process)
    arguments = ["--port", own_farm.url.rsplit(":", 1)[1]] if process == "web" else []
    own_farm.start(process, process, *arguments)
    wait_until("the web server answers", own_farm._is_up, 60)
    assert own_farm.boot(submission)["verdict"] == "pass"
