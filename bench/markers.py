"""How many console lines a second the scanner searches for ten markers; the reference only splits the same bytes.

Run from the repository: `python -m bench.markers`.
"""

from bench.figures import report, seconds
from workers.boot.markers import Scanner

RUNS = 5
LINE = b"\x1b[32m[  12.345678]\x1b[0m driver: something of usual length happened here\r\n"
LINES_PER_CHUNK, CHUNKS = 500, 100


def scan(chunk: bytes) -> None:
    """Ours: a console of all chunks."""
    scanner = Scanner({f"{n}": f"marker number {n}" for n in range(10)})
    for _ in range(CHUNKS):
        scanner.feed(chunk)


def split(chunk: bytes) -> None:
    """The reference."""
    for _ in range(CHUNKS):
        chunk.splitlines()


def main() -> None:
    """Measure."""
    chunk, lines = LINE * LINES_PER_CHUNK, LINES_PER_CHUNK * CHUNKS
    ours, plain = ([lines / seconds(lambda do=do: do(chunk)) for _ in range(RUNS)] for do in (scan, split))  # type: ignore[misc]
    report("scan for 10 markers", "lines/s", ours, plain, goal=">= 50,000")


if __name__ == "__main__":
    main()
