"""Reading lines."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farm.consoles import MAX_LINE_BYTES, ConsoleStore, Limits, Stream
from farm.errors import BadRequest, NotFound

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ENDS = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

console_bytes = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bootfarm", b"x" * 40, b"\xff", b"\x1b[2J", b"\xc3\xa9"]),
    max_size=80,
).map(b"".join)


def check_lines(stream: Stream, data: bytes) -> None:
    """Compare with the plainest model: one expression over all bytes."""
    expected = ENDS.findall(data)
    assert stream.line_count() == len(expected)
    lines = stream.read_lines(1, 10**6).lines
    assert [line.number for line in lines] == list(range(1, len(expected) + 1))
    assert [data[line.offset : line.offset + line.length] for line in lines] == expected
    assert not any(line.truncated for line in lines)
    assert all(line.ended for line in lines[:-1])
    for first in range(1, len(expected) + 2):
        assert stream.read_lines(first, 2).lines == lines[first - 1 : first + 1]
    assert stream.tail_lines(3).lines == lines[-3:]
    offsets = [line.number for line in lines for _ in range(line.length)]
    assert [stream.line_at(offset) for offset in range(len(data))] == offsets
    assert stream.line_at(len(data)) == max(1, len(expected))


@given(data=console_bytes, step=st.integers(1, 50), segment=st.sampled_from([4, 16, 64]))
@settings(max_examples=40, deadline=None)
def test_lines_are_those_of_the_whole_however_it_was_cut(data: bytes, step: int, segment: int) -> None:
    with TemporaryDirectory() as folder:
        stream = ConsoleStore(Path(folder), Limits(segment_bytes=segment)).stream("boot-1", "serial")
        for begin in range(0, len(data), step):
            stream.append(begin, data[begin : begin + step], NOW)
        check_lines(stream, data)
        before = stream.read_lines(1, 10**6)
        stream.finish()
        check_lines(stream, data)
        assert stream.read_lines(1, 10**6) == before


@pytest.mark.parametrize("segment", [3, 8])
def test_cr_and_lf_at_every_split_make_the_same_lines(segment: int) -> None:
    data = b"a\r\nb\r\n\r\n\rd\n\r\r\n"
    for first in range(len(data) + 1):
        for second in range(first, len(data) + 1):
            with TemporaryDirectory() as folder:
                stream = ConsoleStore(Path(folder), Limits(segment_bytes=segment)).stream("boot-1", "serial")
                for begin, end in pairwise([0, first, second, len(data)]):
                    stream.append(begin, data[begin:end], NOW)
                lines = stream.read_lines(1, 100).lines
                assert [data[line.offset : line.offset + line.length] for line in lines] == ENDS.findall(data)
                assert stream.line_count() == len(lines)


def test_a_line_number_stays_when_lf_follows_cr_in_the_next_append(stream: Stream) -> None:
    stream.append(0, b"one\r", NOW)
    assert (stream.line_count(), stream.read_lines(1, 5).lines[0].ended) == (1, True)
    stream.append(4, b"\n", NOW)
    assert stream.line_count() == 1
    stream.append(5, b"two", NOW)
    assert [(line.text, line.ended) for line in stream.read_lines(1, 5).lines] == [("one", True), ("two", False)]


def test_a_console_that_prints_cr_only_has_lines(stream: Stream) -> None:
    stream.append(0, b"one\rtwo\rthree\r", NOW)
    assert [line.text for line in stream.read_lines(1, 9).lines] == ["one", "two", "three"]


def test_a_line_of_a_megabyte_is_truncated_with_its_true_length(real: Stream) -> None:
    long = "é".encode() * 1_500_000
    data = b"before\n" + b"x" + long + b"\r\nafter\n"
    for begin in range(0, len(data), 65_536):
        real.append(begin, data[begin : begin + 65_536], NOW)
    for _ in range(2):
        before, line, after = real.read_lines(1, 10).lines
        assert (before.text, after.text, after.number) == ("before", "after", 3)
        assert (line.number, line.offset, line.length) == (2, 7, 3_000_003)
        assert (line.truncated, line.ended) == (True, True)
        assert line.text == "x" + "é" * ((MAX_LINE_BYTES - 1) // 2)
        assert real.line_at(7 + 2_999_999) == 2
        assert real.read_lines(3, 1).lines == (after,)
        assert real.tail_lines(2).lines == (line, after)
        real.finish()


def test_bytes_that_are_not_utf8_are_shown_and_kept(stream: Stream) -> None:
    stream.append(0, b"caf\xc3\xa9 \xff\xfe\xc3\n", NOW)
    assert stream.read_lines(1, 1).lines[0].text == "café \\xff\\xfe\\xc3"
    assert stream.read_bytes(0, 99)[0].data == b"caf\xc3\xa9 \xff\xfe\xc3\n"  # type: ignore[union-attr]


def test_the_next_number_walks_through_all_lines(stream: Stream) -> None:
    stream.append(0, b"".join(b"line %d\n" % number for number in range(1, 101)), NOW)
    seen, number = [], 1
    while lines := stream.read_lines(number, 7):
        if not lines.rows:
            break
        seen += [line.text for line in lines.lines]
        number = lines.next_number
    assert seen == [f"line {number}" for number in range(1, 101)]


def test_there_is_no_line_zero_and_no_line_of_a_byte_beyond_the_size(stream: Stream) -> None:
    stream.append(0, b"one\n", NOW)
    with pytest.raises(BadRequest):
        stream.read_lines(0, 1)
    with pytest.raises(NotFound):
        stream.line_at(5)
    assert stream.read_lines(1, 0).rows == ()
