"""Appending by offset."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.consoles import MAX_APPEND_BYTES, Chunk, Limits, OffsetAhead, Stream
from farm.consoles.line_ends import share
from farm.errors import BadRequest, Conflict, TooLarge

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def everything(stream: Stream) -> bytes:
    chunks = stream.read_bytes(0, stream.size())
    return b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))


def test_bytes_are_kept_in_order_and_the_size_is_answered(stream: Stream) -> None:
    assert stream.append(0, b"UEFI ", NOW) == 5
    assert stream.append(5, b"Shell", NOW) == 10
    assert everything(stream) == b"UEFI Shell"


def test_a_repeat_changes_nothing(stream: Stream) -> None:
    stream.append(0, b"UEFI Shell", NOW)
    assert stream.append(0, b"UEFI Shell", NOW) == 10
    assert stream.append(5, b"", NOW) == 10
    assert everything(stream) == b"UEFI Shell"


def test_an_append_that_overlaps_is_skipped_up_to_the_size(stream: Stream) -> None:
    stream.append(0, b"UEFI ", NOW)
    assert stream.append(2, b"FI Shell", NOW) == 10
    assert everything(stream) == b"UEFI Shell"


def test_an_append_beyond_the_size_is_refused_with_the_expected_offset(stream: Stream) -> None:
    stream.append(0, b"UEFI ", NOW)
    with pytest.raises(OffsetAhead) as refusal:
        stream.append(6, b"hell", NOW)
    assert refusal.value.expected == 5
    assert refusal.value.extra == {"expected": 5}
    assert isinstance(refusal.value, Conflict)
    assert stream.size() == 5


def test_a_stream_that_has_not_begun_reads_as_empty_and_makes_no_file(stream: Stream, tmp_path: Path) -> None:
    assert (stream.size(), stream.line_count(), stream.read_bytes(0, 10)) == (0, 0, [])
    assert stream.tail_lines(5).rows == ()
    assert stream.search("x").rows == ()
    assert stream.time_at(0) is None
    assert stream.follow(0).poll() == []
    assert list(tmp_path.iterdir()) == []


def test_an_append_above_the_most_is_refused_and_one_of_the_most_taken(real: Stream) -> None:
    data = bytes(range(256)) * (MAX_APPEND_BYTES // 256)
    with pytest.raises(TooLarge):
        real.append(0, data + b"!", NOW)
    assert real.append(0, data, NOW) == MAX_APPEND_BYTES
    assert everything(real) == data


def test_a_negative_offset_is_refused(stream: Stream) -> None:
    with pytest.raises(BadRequest):
        stream.append(-1, b"ab", NOW)


def test_a_read_gives_only_the_bytes_asked_for(stream: Stream) -> None:
    data = b"".join(b"line %d\n" % number for number in range(100))
    stream.append(0, data, NOW)
    for start, end in [(0, 1), (63, 65), (100, 300), (0, 10**9), (len(data), len(data) + 5), (50, 50), (-5, 10)]:
        chunks = stream.read_bytes(start, end)
        assert b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk)) == data[max(0, start) : end]


@pytest.mark.parametrize("held", [0, 63, 64, 67, 68, 69])
@pytest.mark.parametrize("last", [b"x", b"\r", b"\n"])
@pytest.mark.parametrize("data", [b"\n", b"\r\n", b"y" * 200, b"y" * 3 + b"\r\n" + b"z" * 90, b"\r\n" * 60])
def test_a_segment_never_ends_between_cr_and_lf(held: int, last: bytes, data: bytes) -> None:
    taken = share(held, last, data, Limits(segment_bytes=64))
    assert 0 <= taken <= len(data)
    seam = (last + data)[taken : taken + 2]
    assert not (seam == b"\r\n" and (taken or held >= 64))
    assert held + taken <= 64 + 4 + 1 or taken <= 1
