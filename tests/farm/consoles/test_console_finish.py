"""The end of a stream."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.consoles import Chunk, Finished, Gap, Stream, StreamFinished
from farm.errors import Conflict, StorageFault

NOW = datetime(2025, 3, 1, tzinfo=UTC)
DATA = b"".join(b"line %d\r\n" % number for number in range(1, 201)) + b"no end"


def test_a_finished_stream_reads_as_before_and_takes_less_disk(stream: Stream, tmp_path: Path) -> None:
    stream.append(0, DATA, NOW)
    views = [
        stream.read_lines(1, 500),
        stream.tail_lines(7),
        stream.search("line 1"),
        stream.line_at(700),
        stream.time_at(700),
        stream.size(),
        stream.line_count(),
    ]
    assert stream.finished() is None
    finished = stream.finish()
    assert finished == Finished(len(DATA), 201, hashlib.sha256(DATA).hexdigest()) == stream.finished()
    assert not list(tmp_path.rglob("*.raw"))
    assert not list(tmp_path.rglob("*.tmp"))
    assert b"".join(c.data for c in stream.read_bytes(0, 10**6) if isinstance(c, Chunk)) == DATA
    assert views == [
        stream.read_lines(1, 500),
        stream.tail_lines(7),
        stream.search("line 1"),
        stream.line_at(700),
        stream.time_at(700),
        stream.size(),
        stream.line_count(),
    ]


def test_finishing_again_gives_the_same_record(stream: Stream) -> None:
    stream.append(0, DATA, NOW)
    assert stream.finish() == stream.finish()


def test_a_finished_stream_takes_a_repeat_and_refuses_more(stream: Stream) -> None:
    stream.append(0, DATA, NOW)
    stream.finish()
    assert stream.append(0, DATA, NOW) == len(DATA)
    assert stream.append(len(DATA), b"", NOW) == len(DATA)
    for offset in (0, len(DATA), len(DATA) + 9):
        with pytest.raises(StreamFinished) as refusal:
            stream.append(offset, DATA + b"more", NOW)
        assert isinstance(refusal.value, Conflict)
    assert stream.size() == len(DATA)


def test_a_console_that_said_nothing_can_be_finished(stream: Stream) -> None:
    assert stream.finish() == Finished(0, 0, hashlib.sha256(b"").hexdigest())
    assert (stream.size(), stream.line_count(), stream.tail_lines(5).rows) == (0, 0, ())
    assert stream.follow(0).ended


def test_the_digest_of_a_flood_is_over_the_bytes_kept(flood: Stream) -> None:
    flood.append(0, DATA, NOW)
    finished = flood.finish()
    kept = [part for part in flood.iter_from(0) if isinstance(part, Chunk)]
    assert any(isinstance(part, Gap) for part in flood.iter_from(0))
    assert finished.sha256 == hashlib.sha256(b"".join(part.data for part in kept)).hexdigest()


def test_every_state_between_raw_and_packed_can_be_read(stream: Stream, tmp_path: Path) -> None:
    stream.append(0, DATA, NOW)
    raw = {path: path.read_bytes() for path in tmp_path.rglob("*.raw")}
    finished = stream.finish()
    for path, data in raw.items():
        path.write_bytes(data)  # Killed after the packed file came, before the raw one went.
    assert b"".join(c.data for c in stream.iter_from(0) if isinstance(c, Chunk)) == DATA
    for path in raw:
        path.with_suffix(".zst").unlink()  # Killed before the packed file came.
        assert b"".join(c.data for c in stream.iter_from(0) if isinstance(c, Chunk)) == DATA
    assert stream.finish() == finished
    assert not list(tmp_path.rglob("*.raw"))


def test_a_damaged_packed_segment_is_a_storage_fault_and_never_wrong_bytes(stream: Stream, tmp_path: Path) -> None:
    stream.append(0, DATA, NOW)
    stream.finish()
    segment = min(tmp_path.rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-3] + b"bad")
    with pytest.raises(StorageFault):
        stream.read_lines(1, 1)


def test_the_record_is_plain_json(stream: Stream, tmp_path: Path) -> None:
    stream.append(0, DATA, NOW)
    stream.finish()
    [record] = tmp_path.rglob("finished.json")
    assert json.loads(record.read_text())["size"] == len(DATA)
