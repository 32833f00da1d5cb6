"""Search."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.consoles import SEARCH_BYTES, ConsoleStore, Limits, Stream
from farm.errors import BadRequest

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def test_lines_that_hold_the_text_are_found_with_their_numbers(stream: Stream) -> None:
    data = b"".join(b"line %03d %s\r\n" % (n, b"PANIC PANIC" if n % 10 == 0 else b"fine") for n in range(1, 101))
    for begin in range(0, len(data), 9):
        stream.append(begin, data[begin : begin + 9], NOW)
    found = stream.search("PANIC")
    assert [line.number for line in found.lines] == list(range(10, 101, 10))
    assert found.next_line is None
    assert list(found.lines) == [stream.read_lines(number, 1).lines[0] for number in range(10, 101, 10)]
    assert stream.search("panic").rows == ()


def test_a_limit_leaves_a_cursor_that_goes_on(stream: Stream) -> None:
    stream.append(0, b"hit\nmiss\n" * 50, NOW)
    numbers, line = [], 1
    while True:
        found = stream.search("hit", line, 7)
        numbers += [match.number for match in found.lines]
        if found.next_line is None:
            break
        line = found.next_line
    assert numbers == list(range(1, 100, 2))


def test_text_is_found_through_escapes_and_odd_line_ends(stream: Stream) -> None:
    stream.append(0, b"one\r\x1b[0m\n\rPA\x1b[31mNIC\rcaf\xc3\xa9 \xff\n", NOW)
    assert [line.number for line in stream.search("PANIC").lines] == [4]
    assert [line.number for line in stream.search("café \\xff").lines] == [5]


def test_text_across_the_border_of_segments_in_a_long_line_is_found(tmp_path: Path) -> None:
    for shift in range(64, 76):
        stream = ConsoleStore(tmp_path, Limits(segment_bytes=64)).stream(f"boot-{shift}", "serial")
        stream.append(0, b"x" * shift + b"needle" + b"y" * 200 + b"\nneedle\n", NOW)
        found = stream.search("needle")
        assert [(line.number, line.length) for line in found.lines] == [(1, shift + 207), (2, 7)]


def test_a_match_beyond_what_is_shown_of_a_line_is_found(real: Stream) -> None:
    real.append(0, b"x" * 2_500_000 + b"needle" + b"y" * 100 + b"\nnext\n", NOW)
    assert [(line.number, line.truncated) for line in real.search("needle").lines] == [(1, True)]


def test_the_work_of_one_call_is_bounded_and_the_next_goes_on(real: Stream) -> None:
    block = b"nothing to see in this line of the console, really nothing\n" * 34_000
    blocks = SEARCH_BYTES // len(block) + 3
    for number in range(blocks):
        real.append(number * len(block), block, NOW)
    real.append(blocks * len(block), b"needle\n", NOW)
    first = real.search("needle")
    assert first.rows == ()
    assert first.next_line is not None
    second = real.search("needle", first.next_line)
    assert [line.number for line in second.lines] == [blocks * 34_000 + 1]
    assert second.next_line is None


@pytest.mark.parametrize("text", ["", "a\nb", "a\r", "x" * 1001])
def test_a_text_that_no_line_can_hold_is_refused(stream: Stream, text: str) -> None:
    with pytest.raises(BadRequest):
        stream.search(text)
