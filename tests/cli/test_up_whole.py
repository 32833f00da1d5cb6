"""Whole `up` processes without a boot: however they end, nothing of them stays."""

import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.credentials import server
from cli.up.ground import MACHINES
from cli.up.leftovers import processes_of
from cli.up.run_dir import run_dir_of
from tests.cli.cli_calls import Bootfarm, git
from tests.cli.up_calls import is_alive, nothing_left, start, wait_for
from tests.conftest import commit_files

NUL = "\0"


class Up:
    """One home, and the `up` that runs in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.log = folder / "up.log"
        self.run_dir = run_dir_of(self.home)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *argv: str) -> None:
        self.log.write_text("")
        self.process = start("up", *argv, log=self.log, BOOTFARM_HOME=str(self.home))
        wait_for("the farm", lambda: "log in once" in self.said() or self.ended(), 90)
        assert not self.ended(), self.said()

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def said(self) -> str:
        return self.log.read_text()

    def stop(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(90)

    @property
    def url(self) -> str:
        return str(json.loads((self.home / "up.lock").read_text())["url"])


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Up]:
    monkeypatch.setenv("BOOTFARM_HOME", str(tmp_path / "home"))
    running = Up(tmp_path)
    yield running
    if running.process and running.process.poll() is None:
        running.process.terminate()
        running.process.wait(90)
    wait_for("the guardian's end", lambda: nothing_left(running.run_dir), 60)


def test_an_up_serves_says_where_and_leaves_nothing(up: Up, bootfarm: Bootfarm, checkout: Path) -> None:
    up.start("--no-submit")
    assert len(processes_of(up.run_dir)) >= 5
    for name in ("cli-token", "worker-token", "secret-key", "up.lock"):
        assert stat.S_IMODE((up.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(up.home.stat().st_mode) == 0o700
    # Clients of this host find it by themselves.
    assert server().url == up.url
    assert [row[0] for row in bootfarm("machine", "list").rows] == ["qemu-1", "qemu-2"]
    assert bootfarm("db", "check").code == 0
    assert bootfarm("login-link").out.startswith("http://127.0.0.1:8808/login/")
    second = bootfarm("up", "--no-submit")
    assert second.code == 2
    assert up.process is not None
    assert f"process {up.process.pid}, {up.url}" in second.err
    assert up.stop(signal.SIGTERM) == 0
    assert "Everything has ended." in up.said()
    assert nothing_left(up.run_dir)


def test_a_killed_up_leaves_nothing_and_the_next_one_starts(up: Up) -> None:
    up.start("--no-submit")
    token = (up.home / "cli-token").read_text()
    left = processes_of(up.run_dir)
    assert up.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_for("the end of all", lambda: nothing_left(up.run_dir), 40)
    assert not any(map(is_alive, left))
    up.start("--no-submit")
    assert (up.home / "cli-token").read_text() == token
    assert up.stop(signal.SIGINT) == 0
    assert nothing_left(up.run_dir)


def test_a_child_that_is_killed_comes_back(up: Up) -> None:
    up.start("--no-submit")

    def master() -> int | None:
        for pid in processes_of(up.run_dir):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            parent = re.search(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            assert up.process is not None
            if b"cli.main" in words and b"web" in words and parent and int(parent[1]) == up.process.pid:
                return pid
        return None

    first = master()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for("another web server", lambda: master() not in (None, first), 20)
    wait_for("its answer", lambda: _answers(up.url), 30)
    assert "web was ended by SIGKILL; starting it again" in up.said()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_checkout_becomes_a_repository_with_a_build_folder_of_its_own(up: Up, checkout: Path) -> None:
    up.start()
    wait_for("the submission", lambda: "submitted" in up.said() or up.ended(), 150)
    assert up.stop(signal.SIGINT) == 0, up.said()
    with sqlite3.connect(up.home / "farm.sqlite") as sql:
        [(name, url, cache)] = sql.execute("SELECT name, url, cache FROM repositories").fetchall()
        assert (name, url) == ("runtime", str(checkout))
        assert cache != "self", "that one is the farm's own, and whoever writes to it decides what its builds run"
        assert sql.execute('SELECT ref, "commit" FROM submissions').fetchall() == [
            ("refs/heads/main", git(checkout, "rev-parse", "HEAD"))
        ]
    sql.close()
    assert nothing_left(up.run_dir)


def test_once_ends_with_3_when_no_machine_can_boot(up: Up, bootfarm: Bootfarm, checkout: Path) -> None:
    plan = 'schema = 1\n[build]\ncommand = "cp app.efi $BOOTFARM_OUT"\nartifacts = ["app.efi"]'
    image = f"MZ{NUL * 58}@{NUL * 3}PE{NUL * 2}"  # no more than what makes a file a PE image
    commit_files(checkout, {".bootfarm.toml": plan, "app.efi": image})
    up.start("--no-submit")
    for name in MACHINES:
        assert bootfarm("machine", "offline", name, "--reason", "being moved").code == 0
    assert up.stop(signal.SIGTERM) == 0
    up.start("--once")
    assert up.process is not None
    assert up.process.wait(300) == 3, up.said()
    assert "can't start: qemu-1, qemu-2: out of service: being moved" in up.said()
    assert nothing_left(up.run_dir)


def test_once_needs_a_checkout(bootfarm: Bootfarm, person: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "empty")
    for folder in (person, tmp_path / "empty"):
        os.chdir(folder)
        ended = bootfarm("up", "--once")
        assert ended.code == 2
        assert "no git checkout with a commit" in ended.err


def test_a_damaged_database_is_a_sentence(bootfarm: Bootfarm, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTFARM_HOME", str(person / "farm"))
    assert bootfarm("db", "check").code == 2  # there is none yet
    assert bootfarm("db", "upgrade").code == 0
    assert bootfarm("db", "upgrade", "--json").code == 0
    assert bootfarm("db", "check").code == 0
