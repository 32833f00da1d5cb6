"""What a hostile commit may try, and how it ends."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from farm.wire import Cause, Recipe, Verdict
from tests.workers.build.build_fakes import Farm, RecordingClient


def _refused(client: RecordingClient, sentence: str) -> None:
    outcome = client.outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR), outcome.detail
    assert sentence in outcome.detail


def test_forking_without_end_is_named(farm: Farm) -> None:
    _refused(farm.command("bomb() { bomb | bomb & }; bomb; sleep 30"), "more than 256 processes and threads")


def test_eating_memory_is_named(farm_with: Callable[..., Farm]) -> None:
    eat = "exec /usr/bin/python3 -c 'import time; x = bytearray(600 << 20); time.sleep(30)'"
    _refused(farm_with(memory=300 << 20).command(eat), "more than 300 MiB of memory")


def test_burning_the_processor_is_named(farm_with: Callable[..., Farm]) -> None:
    _refused(farm_with(cpu_seconds=1).command("while :; do :; done"), "more than 1 s of processor time")


def test_a_file_without_end_is_named(farm_with: Callable[..., Farm]) -> None:
    _refused(farm_with(file=4 << 20).command("cat /dev/zero > big"), "A file grew beyond 4 MiB")


@pytest.mark.parametrize("place", ["/src", "$BOOTFARM_OUT", "$CARGO_TARGET_DIR"])
def test_files_without_end_are_named(farm_with: Callable[..., Farm], place: str) -> None:
    fill = f"cd {place}; i=0; while :; do head -c 1M /dev/zero > f$i; i=$((i+1)); done"
    _refused(farm_with(disk=32 << 20).command(fill), "more than 32 MiB to disk")


def test_many_files_are_named(farm_with: Callable[..., Farm]) -> None:
    _refused(farm_with(files=500).command("i=0; while :; do : > f$i; i=$((i+1)); done"), "more than 500 files")


def test_a_tree_nested_beyond_all_paths_is_measured_and_removed(farm: Farm) -> None:
    nest = 'exec /usr/bin/python3 -c \'\nimport os\nfor _ in range(3000):\n os.mkdir("d" * 50); os.chdir("d" * 50)\n\''
    _refused(farm.command(nest), "no file that matches")


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm"])
def test_memory_file_systems_are_small(farm: Farm, place: str) -> None:
    client = farm.command(f"head -c 400M /dev/zero > {place}/big || du -m {place}/big; false")
    assert "No space left on device" in client.console.decode()


@pytest.mark.parametrize("place", ["/", "/dev", "/etc", "/usr", "/cache", "/cache/cargo", "/root", "/proc/sys"])
def test_nothing_else_can_be_written(farm: Farm, place: str) -> None:
    client = farm.command(f"touch {place}/x && echo written; false")
    assert "written" not in client.lines


def test_a_flood_of_output_is_named_and_keeps_head_and_tail(farm: Farm) -> None:
    client = farm.command("echo first; yes")
    _refused(client, "printed more than 8 MiB")
    assert "first" in client.lines
    assert len(client.console) < 200_000
    assert any("bytes of output left out" in line for line in client.lines)
    assert client.lines[-2] == "[bootfarm] The build printed more than 8 MiB."


def test_there_is_no_network(farm: Farm) -> None:
    probe = (
        "cat /proc/net/dev; /usr/bin/python3 -c 'import socket\n"
        'for address in (("127.0.0.1", 80), ("192.0.2.1", 80)):\n'
        " try: socket.create_connection(address, 2)\n"
        ' except OSError as error: print("no:", error)\'; false'
    )
    client = farm.command(probe)
    assert sum(line.startswith("no:") for line in client.lines) == 2
    assert "eth0" not in client.console.decode()


def test_nothing_of_the_host_can_be_read(farm: Farm, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    secret.chmod(0o644)
    places = f"/root /etc/shadow /etc/ssl/private /home {Path.home()} {secret} {farm.host.cache} /var /run /sys /mnt"
    client = farm.command(f"for p in {places}; do ls -d $p && echo seen $p; done; env; cat /etc/passwd; false")
    text = client.console.decode()
    assert not [line for line in client.lines if line.startswith("seen ")]
    assert "root:" not in text
    assert "USER" not in text
    assert str(os.getpid()) not in [line.split()[0] for line in client.lines if line.strip()]


def test_a_build_is_nobody_special(farm: Farm) -> None:
    client = farm.command("id -u; grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs|Seccomp:' /proc/self/status; false")
    assert "0" not in client.lines
    assert client.console.count(b"0000000000000000") >= 2
    assert "NoNewPrivs:\t1" in client.lines
    assert "Seccomp:\t2" in client.lines


def test_new_namespaces_are_refused(farm: Farm) -> None:
    client = farm.command("for n in user net mount; do unshare --$n true && echo inside; done; false")
    assert "inside" not in client.lines


def test_the_cache_of_one_repository_is_not_visible_to_another(farm: Farm) -> None:
    farm.commit({"a": "1"}, "one")
    farm.commit({"a": "1"}, "two")
    leave = Recipe(command="echo poison > $CARGO_TARGET_DIR/left; chmod 777 $CARGO_TARGET_DIR", artifacts=["a"])
    look = Recipe(command="cat $CARGO_TARGET_DIR/left", artifacts=["a"])
    assert farm.build(farm.job(leave, "one")).outcome.verdict == Verdict.PASS
    assert farm.build(farm.job(look, "one")).outcome.verdict == Verdict.PASS  # warm for itself
    assert farm.build(farm.job(look, "two")).outcome.verdict == Verdict.FAIL
    assert farm.build(farm.job(look, "one", cache="elsewhere")).outcome.verdict == Verdict.FAIL


def test_a_daemon_that_is_left_behind_dies_with_the_build(farm: Farm) -> None:
    daemon = "(setsid nohup sleep 7654 >/dev/null 2>&1 &); (setsid sleep 7654 &); echo made > a.img"
    began = time.monotonic()
    assert farm.command(daemon).outcome.verdict == Verdict.PASS
    assert time.monotonic() - began < 15
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(b"7654" in line for line in lines)


def test_a_target_folder_that_was_deleted_is_made_again(farm: Farm) -> None:
    wipe = 'rm -rf "$CARGO_TARGET_DIR" 2>/dev/null || true; chmod 000 "$CARGO_TARGET_DIR"; echo x > a.img'
    assert farm.command(wipe).outcome.verdict == Verdict.PASS
    assert farm.command("echo x > $CARGO_TARGET_DIR/y; echo x > a.img").outcome.verdict == Verdict.PASS


@pytest.mark.parametrize("place", [".", "$BOOTFARM_OUT"])
@pytest.mark.parametrize("make", ["ln -s /etc/passwd", "ln -s ../../../../../../../etc/passwd", "mkfifo", "mkdir"])
def test_only_regular_files_become_artifacts(farm: Farm, place: str, make: str) -> None:
    client = farm.command(f"cd {place}; {make} a.img")
    assert client.outcome.verdict == Verdict.FAIL
    assert client.uploads == {}


def test_a_linked_folder_is_not_entered_for_artifacts(farm: Farm) -> None:
    client = farm.command("ln -s /etc link", artifacts=["link/passwd", "**/passwd"])
    _refused(client, "no file that matches")


def test_folders_without_any_permission_are_removed(farm: Farm) -> None:
    assert farm.command("mkdir -p a/b; echo x > a/b/c; chmod 000 a/b a; echo x > x.img").outcome.verdict == Verdict.PASS


def test_a_hostile_image_does_not_stop_its_artifact(farm: Farm) -> None:
    header = r"printf 'MZ%058d\100\0\0\0PE\0\0' 0"
    outcome = farm.command(f"{{ {header}; head -c 5000 /dev/urandom; }} > a.efi", artifacts=["a.efi"]).outcome
    assert outcome.verdict == Verdict.PASS
    assert outcome.artifacts[0].authenticode is None
