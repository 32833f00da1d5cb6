"""What an application may do on a real machine, and the verdict that the farm then gives."""

import pytest

from tests.conftest import wait_until
from tests.running_farm import RunningFarm
from tests.system.conftest import Project


@pytest.mark.parametrize(
    ("app", "verdict", "cause", "says"),
    [
        ("hello", "pass", None, ""),
        ("odd", "pass", None, ""),
        ("silent", "fail", "guest-timeout", "printed nothing"),
        ("half", "fail", "marker-missing", "BOOTFARM READY"),
        ("panic", "fail", "guest-panic", ""),
        ("reset", "fail", "guest-exit", "reset"),
    ],
)
def test_an_application_ends_as_it_behaved(
    shared_farm: RunningFarm, shared_project: Project, app: str, verdict: str, cause: str | None, says: str
) -> None:
    # The others never pause for long, but a busy host may need a while to their first byte.
    shared_project.commit(app, silence="12s" if app == "silent" else "50s")
    boot = shared_farm.boot(shared_farm.submit("project", ref="main"))
    assert (boot["verdict"], boot["cause"]) == (verdict, cause), boot["detail"]
    assert says in boot["detail"]
    assert boot["console_bytes"] == len(shared_farm.console(boot["id"]))
    wait_until("nothing is left", lambda: shared_farm.leftovers() == [], 10)


def test_every_byte_of_odd_output_is_kept_and_each_case_names_its_line(
    shared_farm: RunningFarm, shared_project: Project
) -> None:
    shared_project.commit("odd")
    boot = shared_farm.boot(shared_farm.submit("project", ref="main"))
    raw = shared_farm.console(boot["id"])
    assert b"\xff\xfe\x80\xc3\x28\x00\r\n" in raw
    assert b"x" * (1 << 20) in raw
    [case] = [case for case in boot["cases"] if case["kind"] == "expect"]
    assert raw[case["offset"] :].startswith(b"BOOTFARM READY")
    lines = shared_farm.get(f"/boots/{boot['id']}/log/serial?lines={case['line']}")["lines"]
    assert "BOOTFARM READY" in lines[0]["text"]


def test_an_application_that_prints_for_ever_ends_at_its_time_limit(
    shared_farm: RunningFarm, shared_project: Project
) -> None:
    shared_project.commit("flood")
    boot = shared_farm.boot(shared_farm.submit("project", ref="main"), seconds=180)
    assert (boot["verdict"], boot["cause"]) == ("fail", "guest-timeout"), boot["detail"]
    wait_until("nothing is left", lambda: shared_farm.leftovers() == [], 10)


def test_a_cancelled_boot_leaves_nothing_running(shared_farm: RunningFarm, shared_project: Project) -> None:
    shared_project.commit("silent", silence="50s")
    submission = shared_farm.submit("project", ref="main")
    boot_id = submission["boots"][0]["id"]
    wait_until("the boot runs", lambda: shared_farm.get(f"/boots/{boot_id}")["state"] == "running", 60)
    shared_farm.call("POST", f"/boots/{boot_id}/cancel")
    boot = shared_farm.boot(submission)
    assert (boot["verdict"], boot["cause"]) == ("cancelled", "by-user")
    wait_until("QEMU is gone", lambda: shared_farm.leftovers() == [], 10)


def test_two_submissions_of_one_tree_share_one_build(shared_farm: RunningFarm, shared_project: Project) -> None:
    shared_project.commit("hello")
    first = shared_farm.verdict(shared_farm.submit("project", ref="main"))
    second = shared_farm.verdict(shared_farm.submit("project", ref="main"))
    assert first["builds"][0]["id"] == second["builds"][0]["id"]
    assert first["boots"][0]["id"] != second["boots"][0]["id"]
