"""A full disk and a busy database: named as the farm's own fault, with everything else kept."""

import os
import sqlite3
import threading
import time

from tests.conftest import tool, wait_until
from tests.running_farm import RunningFarm
from tests.system.conftest import Project


def test_a_disk_that_fills_while_a_console_is_appended_is_a_storage_error_with_the_rest_kept(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit("hello")
    assert own_farm.boot(own_farm.submit("project", ref="main"))["verdict"] == "pass"
    _restart_web_with_little_room(own_farm, "300k")
    own_project.commit("flood")
    boot = own_farm.boot(own_farm.submit("project", ref="main"))
    assert (boot["verdict"], boot["cause"]) == ("infra", "storage-error"), boot["detail"]
    assert "No space left" in boot["detail"]
    kept = own_farm.console(boot["id"])
    assert len(kept) > 100_000
    wait_until("nothing is left", lambda: own_farm.leftovers() == [], 10)


def _restart_web_with_little_room(farm: RunningFarm, size: str) -> None:
    """The web server in a mount namespace of its own, where the consoles are on a tiny file system."""
    farm.stop("web")
    alone = [tool("unshare", "util-linux"), "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    mount = f'mount -t tmpfs -o size={size} none "$BOOTFARM_HOME/consoles" && exec "$@"'
    port = farm.url.rsplit(":", 1)[1]
    farm.start("web", "web", "--port", port, wrapper=[*alone, "sh", "-c", mount, "sh"])
    wait_until("the web server answers", farm._is_up, 60)


def test_a_database_that_is_locked_for_seconds_makes_everybody_wait_and_nothing_fail(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_farm.start_worker("build")
    own_farm.start_worker("boot")
    own_project.commit("hello")
    locked, ended = threading.Event(), threading.Event()

    def hold() -> None:
        other = sqlite3.connect(own_farm.folder / "home/farm.sqlite", isolation_level=None, timeout=20)
        for _ in range(3):
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            ended.wait(2)
            other.execute("ROLLBACK")
            ended.wait(0.5)
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        locked.wait()
        began = time.monotonic()
        submission = own_farm.submit("project", ref="main")
        assert time.monotonic() - began > 0.5, "the submission waited for the other writer"
        assert own_farm.boot(submission)["verdict"] == "pass"
    finally:
        ended.set()
        holder.join()


def test_a_database_that_stays_locked_gives_a_clear_error_and_no_half_written_row(
    own_farm: RunningFarm, own_project: Project
) -> None:
    own_project.commit("hello")
    other = sqlite3.connect(own_farm.folder / "home/farm.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        problem = own_farm.call("POST", "/submissions", {"repository": "project", "ref": "main"}, 503)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "busy" in problem["detail"]
    assert own_farm.get("/submissions")["items"] == []
    assert own_farm.get("/boots")["items"] == []
