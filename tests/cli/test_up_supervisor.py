"""Children are started again when they die, given up when they die too often, and none outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from cli.errors import CliError
from cli.up import children
from cli.up.children import Place
from cli.up.leftovers import end_all, processes_of
from cli.up.readiness import redis_answers
from cli.up.run_dir import make_run_dir, run_dir_of
from cli.up.supervisor import ChildSpec, Supervisor
from tests.cli.up_calls import is_alive, wait_for

FOR_EVER = "import time; print('began', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('began', flush=True); time.sleep(600)"
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    home = tmp_path / "h"
    home.mkdir()
    return Place(home, run_dir_of(home), "127.0.0.1", 1, "http://127.0.0.1:1", ())


def child(tmp_path: Path, code: str, name: str = "child", rank: int = 0) -> ChildSpec:
    return ChildSpec(name, (sys.executable, "-c", code), dict(os.environ), tmp_path / "logs" / f"{name}.log", rank)


def test_a_child_that_is_killed_is_started_again_and_its_last_lines_are_shown(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        supervisor.start(child(tmp_path, FOR_EVER))
        first = supervisor.pids()["child"]
        wait_for("its first line", lambda: (tmp_path / "logs/child.log").read_text())
        os.kill(first, signal.SIGKILL)

        def again() -> bool:
            supervisor.tend()
            return supervisor.pids().get("child", first) != first

        wait_for("a new child", again)
        assert len(said) == 1
        assert "child was ended by SIGKILL; starting it again in 0.2 s" in said[0]
        assert "began" in said[0]
        second = supervisor.pids()["child"]
    assert not is_alive(second)


def test_a_child_that_dies_again_and_again_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.up.supervisor._LONGEST_PAUSE", 0.05)
    said: list[str] = []

    def tend_for_ever(supervisor: Supervisor) -> None:
        while True:
            supervisor.tend()
            time.sleep(0.01)

    with Supervisor(said.append) as supervisor:
        supervisor.start(child(tmp_path, "raise SystemExit('no such disk')"))
        with pytest.raises(CliError) as gave_up:
            tend_for_ever(supervisor)
    assert len(said) == 5
    assert "ended with status 1 for the 6th time" in gave_up.value.message
    assert "no such disk" in gave_up.value.message
    assert gave_up.value.exit_code == 3


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        supervisor.start(ChildSpec("x", ("/nowhere/x",), {}, tmp_path / "x.log"))

        def noticed() -> bool:
            supervisor.tend()
            return bool(said)

        wait_for("its death", noticed)
    assert "/nowhere/x can't be started" in said[0]


def test_those_that_need_others_end_first_and_the_deaf_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.up.supervisor._ENDS_SECONDS", 0.5)
    telling = "import signal, sys, time; signal.signal(15, lambda *_: (print(time.time(), flush=True), sys.exit()))\n"
    telling += "print('began', flush=True)\ntime.sleep(600)"
    supervisor = Supervisor(print)
    for name, code, rank in (("redis", telling, 0), ("web", telling, 1), ("worker", STUBBORN, 2)):
        supervisor.start(child(tmp_path, code, name, rank))
    logs = {name: tmp_path / f"logs/{name}.log" for name in ("redis", "web", "worker")}
    wait_for("all to begin", lambda: all("began" in log.read_text() for log in logs.values()))
    pids = supervisor.pids().values()
    supervisor.stop()
    ended = {name: float(logs[name].read_text().split()[1]) for name in ("redis", "web")}
    assert ended["web"] < ended["redis"]
    assert not any(map(is_alive, pids))


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cli.up.supervisor import ChildSpec, Supervisor\n"
        f"spec = ChildSpec('c', (sys.executable, '-c', {FOR_EVER!r}), {{}}, Path(sys.argv[1]))\n"
        "s = Supervisor(print); s.start(spec); print(s.pids()['c'], flush=True); time.sleep(600)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", code, str(tmp_path / "c.log")]
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_for("the grandchild", lambda: (tmp_path / "c.log").read_text())
        parent.kill()
        parent.wait()
    wait_for("the grandchild's end", lambda: not is_alive(pid), 5)


def test_a_log_begins_anew_and_the_last_one_is_kept(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/child.log").write_text("of the last run")
    with Supervisor(print) as supervisor:
        supervisor.start(child(tmp_path, FOR_EVER))
        wait_for("its first line", lambda: (tmp_path / "logs/child.log").read_text())
    assert (tmp_path / "logs/child.log").read_text() == "began\n"
    assert (tmp_path / "logs/child.log.1").read_text() == "of the last run"


def test_redis_listens_on_its_socket_alone_and_keeps_nothing(place: Place) -> None:
    make_run_dir(place.run_dir)
    try:
        with Supervisor(print) as supervisor:
            supervisor.start(children.redis(place))
            wait_for("redis", lambda: redis_answers(place.redis_socket))
            client = Redis(unix_socket_path=str(place.redis_socket))
            assert client.config_get("port") == {"port": "0"}
            assert client.config_get("save") == {"save": ""}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert place.redis_socket.stat().st_mode & 0o077 == 0
            client.close()
            pid = supervisor.pids()["redis"]
            assert processes_of(place.run_dir) == [pid]
        assert not is_alive(pid)
        assert not redis_answers(place.redis_socket)
        assert [file.name for file in place.run_dir.iterdir()] == []
    finally:
        end_all(place.run_dir, 0)
        place.run_dir.rmdir()


def test_redis_that_is_not_installed_is_a_sentence(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.up.children.shutil.which", lambda *_, **__: None)
    with pytest.raises(CliError, match="redis-server is not installed"):
        children.redis(place)


def test_no_child_gets_the_person_s_token(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTFARM_TOKEN", "bf_mine")
    for spec in (children.redis(place), *children.servers(place, "qemu:///system")):
        assert "bf_mine" not in spec.env.values()
        assert spec.env["BOOTFARM_RUN_DIR"] == str(place.run_dir)


def test_what_is_left_of_a_run_folder_is_found_by_environment_and_by_command_line(tmp_path: Path) -> None:
    mark = str(tmp_path / "run")
    qemu = tmp_path / "qemu-system-x86_64"
    qemu.symlink_to("/bin/sleep")
    plain = subprocess.Popen(["sleep", "600"])
    reader = subprocess.Popen(["tail", "-f", "/dev/null", "--pid", str(os.getpid())], env={"A": "b"})
    marked = subprocess.Popen(["sleep", "600"], env={"BOOTFARM_RUN_DIR": mark})
    machine = subprocess.Popen([sys.executable, "-c", FOR_EVER, f"{mark}/esp.img"], executable=sys.executable)
    named = subprocess.Popen(["qemu-system-x86_64", "-c", FOR_EVER, f"{mark}/esp.img"], executable=sys.executable)
    everybody = [plain, reader, marked, machine, named]
    try:
        wait_for("both", lambda: set(processes_of(Path(mark))) == {marked.pid, named.pid})
        import threading

        threading.Thread(target=lambda: (marked.wait(), named.wait())).start()
        assert set(end_all(Path(mark), 0.5)) <= {marked.pid, named.pid}
        assert processes_of(Path(mark)) == []
        # Somebody who only looks at a file there is none of ours.
        assert all(one.poll() is None for one in (plain, reader, machine))
    finally:
        for one in everybody:
            one.kill()
            one.wait()
