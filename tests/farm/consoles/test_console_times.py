"""Arrival times."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from farm.consoles import Stream

START = datetime(2025, 3, 1, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


def test_every_byte_and_line_has_the_time_of_its_append(stream: Stream) -> None:
    data = b"".join(b"line %03d\n" % number for number in range(60))
    for begin in range(0, len(data), 7):
        stream.append(begin, data[begin : begin + 7], START + timedelta(milliseconds=begin))
    for _ in range(2):
        assert [stream.time_at(at) for at in range(len(data))] == [START_MS + at // 7 * 7 for at in range(len(data))]
        assert [line.arrived_ms for line in stream.read_lines(1, 99).lines] == [
            START_MS + number * 9 // 7 * 7 for number in range(60)
        ]
        assert stream.time_at(len(data)) is None
        stream.finish()


def test_a_torn_last_record_is_ignored_and_written_over(stream: Stream, tmp_path: Path) -> None:
    stream.append(0, b"one\n", START)
    [times] = tmp_path.rglob("*.times")
    with open(times, "ab") as file:
        file.write(b"torn")
    assert stream.time_at(2) == START_MS
    stream.append(4, b"two\n", START + timedelta(seconds=1))
    assert (stream.time_at(3), stream.time_at(4)) == (START_MS, START_MS + 1000)
    assert times.stat().st_size == 32


def test_a_repeat_does_not_change_the_time_of_what_was_there(stream: Stream) -> None:
    stream.append(0, b"one\n", START)
    stream.append(0, b"one\ntwo\n", START + timedelta(seconds=1))
    assert (stream.time_at(0), stream.time_at(4)) == (START_MS, START_MS + 1000)


def test_a_lost_times_file_costs_the_times_only(stream: Stream, tmp_path: Path) -> None:
    stream.append(0, b"one\n", START)
    for times in tmp_path.rglob("*.times"):
        times.unlink()
    assert stream.time_at(0) is None
    assert stream.read_lines(1, 1).lines[0].arrived_ms is None
