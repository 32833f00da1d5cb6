"""Kills, races and full disks: real ones, in processes of their own."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import farm
from farm.consoles import Chunk, ConsoleStore, Limits, Stream

NOW = datetime(2025, 3, 1, tzinfo=UTC)
LIMITS = Limits(segment_bytes=4096)
REPOSITORY = Path(farm.__file__).parents[1]
DATA = b"".join(b"\x1b[0mline %06d %s\r\n" % (number, b"x" * (number % 50)) for number in range(8000))

PRELUDE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from farm.consoles import ConsoleStore, Limits, OffsetAhead
from farm.errors import StorageFault
DATA = b"".join(b"\\x1b[0mline %06d %s\\r\\n" % (number, b"x" * (number % 50)) for number in range(8000))
stream = ConsoleStore(Path(sys.argv[1]), Limits(segment_bytes=4096)).stream("boot-1", "serial")
now = datetime.now(UTC)
def send(step, most=len(DATA)):
    at = stream.size()
    while at < most:
        at = stream.append(at, DATA[at:at + step], now)
"""


def start(script: str, root: Path, *wrapper: str) -> subprocess.Popen[str]:
    """A Python of its own with the store at `root`."""
    command = [*wrapper, sys.executable, "-c", PRELUDE + script, str(root)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished_well(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def console(root: Path) -> Stream:
    return ConsoleStore(root, LIMITS).stream("boot-1", "serial")


def everything(stream: Stream) -> bytes:
    parts = stream.read_bytes(0, stream.size())
    assert all(isinstance(part, Chunk) for part in parts)
    return b"".join(part.data for part in parts if isinstance(part, Chunk))


def check_whole(stream: Stream) -> None:
    assert everything(stream) == DATA
    lines = stream.read_lines(1, 10**6).lines
    assert [line.length for line in lines] == [len(line) for line in DATA.splitlines(keepends=True)]


def kill_when(process: subprocess.Popen[str], stream: Stream, size: int) -> None:
    """Kill -9 once the stream has `size` bytes and a moment more."""
    deadline = time.monotonic() + 60
    while stream.size() < size and process.poll() is None and time.monotonic() < deadline:
        pass
    time.sleep(random.random() * 0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_sender_killed_at_random_moments_goes_on_from_the_size(tmp_path: Path) -> None:
    stream = console(tmp_path)
    for part in range(1, 11):
        kill_when(start("send(700)", tmp_path), stream, len(DATA) * part // 14)
        kept = everything(stream)
        assert DATA.startswith(kept)
    finished_well(start("send(700)", tmp_path))
    check_whole(stream)


def test_a_finish_killed_at_random_moments_can_be_read_and_repeated(tmp_path: Path) -> None:
    stream = console(tmp_path)
    stream.append(0, DATA, NOW)
    folder = tmp_path / "boot-1" / "serial"
    for packed in range(0, 60, 8):
        process = start("stream.finish()", tmp_path)
        while process.poll() is None and len(list(folder.glob("*.zst"))) < packed:
            pass
        process.kill()
        process.communicate()
        check_whole(stream)
    finished = stream.finish()
    assert (finished.size, finished.lines) == (len(DATA), 8000)
    check_whole(stream)
    assert not list(folder.glob("*.raw"))


def test_readers_see_every_byte_while_segments_are_packed(tmp_path: Path) -> None:
    stream = console(tmp_path)
    stream.append(0, DATA, NOW)
    process = start("stream.finish()", tmp_path)
    while process.poll() is None:
        check_whole(stream)
    finished_well(process)
    check_whole(stream)


def test_two_processes_that_send_the_same_store_it_once(tmp_path: Path) -> None:
    racers = [start(f"send({step})", tmp_path) for step in (700, 1100)]
    for racer in racers:
        finished_well(racer)
    check_whole(console(tmp_path))


FULL_DISK = """
import subprocess
root = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", root], check=True)
try:
    send(700)
except StorageFault as fault:
    print("refused:", fault.code)
else:
    sys.exit("the disk never filled")
kept = stream.size()
assert 0 < kept < len(DATA)
assert b"".join(c.data for c in stream.read_bytes(0, kept)) == DATA[:kept]
for _ in range(3):
    try:
        stream.append(kept, DATA[kept:kept + 4_000], now)
    except StorageFault:
        pass
    else:
        sys.exit("a full disk took an append")
    kept = stream.size()
    assert b"".join(c.data for c in stream.read_bytes(0, kept)) == DATA[:kept]
subprocess.run(["mount", "-o", "remount,size=8m", root], check=True)
send(700)
stream.finish()
assert b"".join(c.data for c in stream.iter_from(0)) == DATA
"""

SIZE_LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
try:
    send(700)
except StorageFault as fault:
    print("refused:", fault.code)
else:
    sys.exit("the limit was never met")
kept = stream.size()
assert kept == 3000
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
send(700)
stream.finish()
assert b"".join(c.data for c in stream.iter_from(0)) == DATA
"""


def can_mount() -> bool:
    """Whether this process may mount in a namespace of its own."""
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


def test_a_full_disk_is_a_storage_fault_and_what_was_stored_is_kept(tmp_path: Path) -> None:
    process = start(FULL_DISK, tmp_path, "unshare", "-m") if can_mount() else start(SIZE_LIMIT, tmp_path)
    assert "refused: storage-error" in finished_well(process)


def test_an_append_torn_by_a_file_size_limit_is_kept_as_a_prefix(tmp_path: Path) -> None:
    assert "refused: storage-error" in finished_well(start(SIZE_LIMIT, tmp_path))
    check_whole(console(tmp_path))


@pytest.mark.parametrize("torn", [0, 1, 5])
def test_a_segment_left_empty_or_short_by_a_crash_is_gone_on_with(tmp_path: Path, torn: int) -> None:
    stream = console(tmp_path)
    stream.append(0, DATA[:10_000], NOW)
    last = max((tmp_path / "boot-1" / "serial").glob("*.raw"))
    os.truncate(last, torn)
    size = stream.size()
    assert size == int(last.name.split("-")[0]) + torn
    assert everything(stream) == DATA[:size]
    assert stream.line_count() == len(DATA[:size].splitlines())
    stream.append(0, DATA, NOW)
    check_whole(stream)
