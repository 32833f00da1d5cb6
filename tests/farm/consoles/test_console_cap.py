"""A flood keeps its head and its tail."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from farm.consoles import Chunk, ConsoleStore, Gap, Limits, Line, Stream

NOW = datetime(2025, 3, 1, tzinfo=UTC)
DATA = b"".join(b"line %05d\n" % number for number in range(1, 601))


@pytest.fixture(params=["open", "finished"])
def flooded(request: pytest.FixtureRequest, flood: Stream) -> Stream:
    """A console of 6,600 bytes of which 500 are promised."""
    for begin in range(0, len(DATA), 50):
        flood.append(begin, DATA[begin : begin + 50], NOW)
    if request.param == "finished":
        flood.finish()
    return flood


def test_head_and_tail_are_kept_and_the_gap_is_reported(flooded: Stream) -> None:
    head, gap, tail = _around_gap(flooded.read_bytes(0, len(DATA)))
    assert len(head) >= 200
    assert len(tail) >= 300
    assert gap == Gap(len(head), len(DATA) - len(tail))
    assert DATA.startswith(head)
    assert DATA.endswith(tail)
    assert _around_gap(list(flooded.iter_from(0))) == (head, gap, tail)
    assert (flooded.size(), flooded.line_count()) == (len(DATA), 600)


def _around_gap(parts: list[Chunk | Gap]) -> tuple[bytes, Gap, bytes]:
    [at] = [index for index, part in enumerate(parts) if isinstance(part, Gap)]
    gap = parts[at]
    assert isinstance(gap, Gap)
    head, tail = (
        b"".join(part.data for part in side if isinstance(part, Chunk)) for side in (parts[:at], parts[at + 1 :])
    )
    return head, gap, tail


def test_lines_keep_their_numbers_across_the_gap(flooded: Stream) -> None:
    rows = flooded.read_lines(1, 10**6).rows
    lines = [row for row in rows if isinstance(row, Line)]
    assert sum(isinstance(row, Gap) for row in rows) == 1
    assert all(line.text == f"line {line.number:05d}" and not line.truncated for line in lines)
    assert flooded.tail_lines(20).rows == tuple(lines[-20:])
    after_gap = next(line for before, line in pairwise(lines) if line.number != before.number + 1)
    asked_in_gap = flooded.read_lines(300, 1)
    assert asked_in_gap.rows == (next(row for row in rows if isinstance(row, Gap)), after_gap)
    assert asked_in_gap.next_number == after_gap.number + 1
    assert flooded.read_lines(after_gap.number, 1).rows == (after_gap,)
    assert flooded.line_at(3_300) == after_gap.number
    assert flooded.line_at(len(DATA) - 1) == 600
    assert flooded.time_at(3_300) is None


def test_a_search_reports_the_gap_it_passed(flooded: Stream) -> None:
    found = flooded.search("line", 1, 10**6)
    assert sum(isinstance(row, Gap) for row in found.rows) == 1
    assert [line.number for line in found.lines] == [line.number for line in flooded.read_lines(1, 10**6).lines]


def test_a_read_inside_the_gap_is_a_gap_and_nothing_else(flooded: Stream) -> None:
    assert flooded.read_bytes(3_000, 3_100) == [Gap(3_000, 3_100)]


def test_the_disk_use_stays_below_its_bound_however_long_the_flood(flood: Stream, tmp_path: Path) -> None:
    most = 0
    for begin in range(0, len(DATA), 50):
        flood.append(begin, DATA[begin : begin + 50], NOW)
        most = max(most, sum(path.stat().st_size for path in tmp_path.rglob("*.raw")))
    assert most <= 200 + 300 + 4 * 69
    assert len(list(tmp_path.rglob("*.times"))) == len(list(tmp_path.rglob("*.raw")))


def test_one_append_larger_than_the_cap_is_capped_too(flood: Stream, tmp_path: Path) -> None:
    assert flood.append(0, DATA, NOW) == len(DATA)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.raw")) <= 200 + 300 + 4 * 69


def test_nothing_is_dropped_before_the_cap_is_reached(flood: Stream) -> None:
    flood.append(0, DATA[:500], NOW)
    assert not any(isinstance(part, Gap) for part in flood.read_bytes(0, 500))


def test_an_endless_line_cut_by_the_gap_comes_once_on_each_side(tmp_path: Path) -> None:
    limits = Limits(head_bytes=100, tail_bytes=100, segment_bytes=64)
    stream = ConsoleStore(tmp_path, limits).stream("boot-1", "serial")
    stream.append(0, b"first\n" + b"x" * 5000 + b"\nlast\n", NOW)
    first, before, gap, after, last = stream.read_lines(1, 10).rows
    assert isinstance(before, Line)
    assert isinstance(after, Line)
    assert isinstance(gap, Gap)
    assert (before.number, before.offset, before.truncated) == (2, 6, True)
    assert (after.number, after.offset, after.length, after.truncated) == (2, 6, 5001, True)
    assert [row.text for row in (first, last) if isinstance(row, Line)] == ["first", "last"]
    assert stream.read_lines(3, 1).rows == (last,)


def test_a_follower_that_fell_behind_is_told_of_the_gap(flood: Stream) -> None:
    follower = flood.follow(0)
    flood.append(0, DATA[:300], NOW)
    assert not any(isinstance(part, Gap) for part in follower.poll())
    flood.append(300, DATA[300:], NOW)
    parts = follower.poll()
    assert [part for part in parts if isinstance(part, Gap)]
    assert follower.offset == len(DATA)
