"""Where an embedded farm lives: a home that one `up` holds, a run folder that is ours, a port that is free."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli import home
from cli.errors import CliError
from cli.server.web import DEFAULT_PORT
from cli.up.lock import hold_home
from cli.up.port import choose_port, url_of
from cli.up.run_dir import make_run_dir, run_dir_of


def test_the_second_up_of_a_home_names_the_first(tmp_path: Path) -> None:
    with hold_home(tmp_path / "h") as lock:
        lock.record("http://127.0.0.1:8808")
        assert home.is_up(tmp_path / "h")
        with pytest.raises(CliError) as refused, hold_home(tmp_path / "h"):
            pass
        assert f"process {os.getpid()}, http://127.0.0.1:8808" in refused.value.message
        assert f"kill {os.getpid()}" in refused.value.next_step
    assert not home.is_up(tmp_path / "h")
    with hold_home(tmp_path / "h"):
        pass
    assert stat.S_IMODE((tmp_path / "h").stat().st_mode) == 0o700


def test_an_up_that_was_killed_leaves_the_home_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cli.up.lock import hold_home\n"
        "with hold_home(Path(sys.argv[1])) as lock: lock.record('u'); print('held', flush=True); time.sleep(60)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "h")], env=env, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CliError, match=str(holder.pid)), hold_home(tmp_path / "h"):
            pass
        holder.kill()
        holder.wait()
        with hold_home(tmp_path / "h"):
            pass


def test_an_up_waits_while_the_guardian_of_a_killed_one_still_cleans_up(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    with hold_home(tmp_path / "h") as lock:
        (tmp_path / "h/up.lock").write_text(json.dumps({"pid": gone.pid, "url": "u"}))
        guardian = subprocess.Popen(["sleep", "0.6"], pass_fds=(lock.descriptor,))
    began = time.monotonic()
    with hold_home(tmp_path / "h"):
        assert time.monotonic() - began > 0.2
    guardian.wait()


def test_the_run_folder_is_short_private_and_the_home_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run_dir_of(tmp_path / "a")
    assert folder.parent == Path("/tmp")
    assert folder != run_dir_of(tmp_path / "b")
    assert len(str(folder / "build")) <= 41
    runtime = Path(f"/tmp/rt{os.getpid()}")
    runtime.mkdir()
    try:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        assert run_dir_of(tmp_path / "a").parent == runtime
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # too long for sockets
        assert run_dir_of(tmp_path / "a") == folder
    finally:
        runtime.rmdir()


def test_a_run_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run_dir(tmp_path / "r")
    make_run_dir(tmp_path / "r")
    assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == (0o711 if os.getuid() == 0 else 0o700)
    (tmp_path / "link").symlink_to(tmp_path / "r")
    (tmp_path / "foreign").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(CliError, match="not a folder of yours"):
        make_run_dir(tmp_path / "foreign")
    monkeypatch.undo()
    with pytest.raises(CliError, match="not a folder of yours"):
        make_run_dir(tmp_path / "link")


def test_a_taken_port_is_passed_over_or_refused_when_it_was_named() -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        with pytest.raises(CliError, match=f"Port {taken}"):
            choose_port("127.0.0.1", taken)
    assert choose_port("127.0.0.1", taken) == taken
    assert choose_port("127.0.0.1", None) >= DEFAULT_PORT
    with pytest.raises(CliError, match="no address"):
        choose_port("192.0.2.1", 8808)


def test_a_farm_on_all_addresses_is_reached_on_loopback() -> None:
    assert url_of("0.0.0.0", 1) == "http://127.0.0.1:1"
    assert url_of("::1", 1) == "http://[::1]:1"
