"""What the console store costs beside a plain file: ingest, first view, search, polling a quiet stream.

Prints ours, the reference on the same bytes, and the ratio; median and spread of five runs. Judges nothing.
Run from the repository: `python -m bench.console_store [folder]`; the folder decides which disk is measured.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import report, seconds
from farm.consoles import ConsoleStore, Limits, Stream

RUNS = 5
LINE_BYTES, APPEND_BYTES = 80, 4096
INGEST_LINES = 200_000
VIEW_BYTES = 100_000_000
NOW = datetime.now(UTC)


def console_bytes(lines: int) -> bytes:
    """Lines of 80 bytes, each different."""
    return b"".join(b"%010d " % number + b"SetVirtualAddressMap " * 3 + b"12345\n" for number in range(lines))


def plain_append(path: Path, data: bytes) -> None:
    """The reference: open, append, close for each packet, as a server without state would."""
    for begin in range(0, len(data), APPEND_BYTES):
        with open(path, "ab", buffering=0) as file:
            file.write(data[begin : begin + APPEND_BYTES])


def append_all(stream: Stream, data: bytes) -> None:
    """Ours: the same packets, each with its offset."""
    for begin in range(0, len(data), APPEND_BYTES):
        stream.append(begin, data[begin : begin + APPEND_BYTES], datetime.now(UTC))


def ingest(root: Path) -> None:
    """Lines per second of one process."""
    data = console_bytes(INGEST_LINES)
    ours, plain = [], []
    for run in range(1, RUNS + 1):
        stream = ConsoleStore(root).stream(f"boot-{run}", "serial")
        ours.append(INGEST_LINES / seconds(lambda stream=stream: append_all(stream, data)))  # type: ignore[misc]
        path = root / f"plain-{run}"
        plain.append(INGEST_LINES / seconds(lambda path=path: plain_append(path, data)))  # type: ignore[misc]
    report("ingest, 4 KiB appends", "lines/s", ours, plain, goal=">= 50,000")


def first_views(root: Path) -> None:
    """Views of a finished console of 100 MB, nothing dropped; the reference reads the plain file to the same end."""
    data = console_bytes(VIEW_BYTES // LINE_BYTES)
    stream = ConsoleStore(root, Limits(head_bytes=VIEW_BYTES)).stream("boot-100", "serial")
    for begin in range(0, len(data), 1 << 20):
        stream.append(begin, data[begin : begin + (1 << 20)], NOW)
    path = root / "plain"
    path.write_bytes(data)
    print(f"finish of 100 MB: {seconds(stream.finish):.2f} s")

    def plain_last() -> None:
        with open(path, "rb") as file:
            file.seek(-500 * LINE_BYTES, os.SEEK_END)
            file.read().decode().splitlines()

    def plain_first() -> None:
        with open(path, "rb") as file:
            file.read(500 * LINE_BYTES).decode().splitlines()

    def plain_around() -> None:
        with open(path, "rb") as file:
            count = sum(file.read(1 << 20).count(b"\n") for _ in range(50))
            file.seek(50_000_000 - 250 * LINE_BYTES)
            assert count
            file.read(500 * LINE_BYTES).decode().splitlines()

    def plain_search() -> None:
        with open(path, "rb") as file:
            file.read(16 << 20).find(b"absent")

    views: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("view of the last 500 lines", lambda: stream.tail_lines(500), plain_last),
        ("view of lines 1 to 500", lambda: stream.read_lines(1, 500), plain_first),
        (
            "view around a byte in the middle",
            lambda: stream.read_lines(stream.line_at(50_000_000) - 250, 500),
            plain_around,
        ),
        (
            "search, one call (16 MiB, no match)",
            lambda: stream.search("absent"),
            plain_search,
        ),
        ("download of all raw bytes", lambda: sum(1 for _ in stream.iter_from(0)), path.read_bytes),
    ]
    for name, ours, plain in views:
        report(
            name,
            "ms",
            *([seconds(action) * 1000 for _ in range(RUNS)] for action in (ours, plain)),
            goal="<= 300" if "view" in name else "",
        )


def quiet_polls(root: Path) -> None:
    """One poll of a stream of 64 MiB where nothing is new; the reference is one `stat`."""
    stream = ConsoleStore(root).stream("boot-200", "serial")
    data = console_bytes((64 << 20) // LINE_BYTES)
    for begin in range(0, len(data), 1 << 20):
        stream.append(begin, data[begin : begin + (1 << 20)], NOW)
    follower = stream.follow(stream.size() - 10)
    follower.poll()
    path = root / "plain"
    path.write_bytes(b"x")
    ours = [seconds(lambda: [follower.poll() for _ in range(1000)]) for _ in range(RUNS)]
    plain = [seconds(lambda: [os.stat(path) for _ in range(1000)]) for _ in range(RUNS)]
    report("poll of a quiet stream", "ms", ours, plain)


def main() -> None:
    """Measure all, each in a folder of its own."""
    where = sys.argv[1] if __name__ == "__main__" and len(sys.argv) > 1 else None
    for part in (ingest, first_views, quiet_polls):
        with tempfile.TemporaryDirectory(dir=where) as folder:
            part(Path(folder))


if __name__ == "__main__":
    main()
