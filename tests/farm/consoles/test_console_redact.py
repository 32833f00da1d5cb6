"""Writing over a part of a console: nothing else moves."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.consoles import Chunk, Gap, Stream
from farm.errors import Conflict

NOW = datetime(2025, 3, 1, tzinfo=UTC)
DATA = b"".join(b"line %d\r\n" % number for number in range(1, 201)) + b"no end"
START, END = DATA.index(b"line 51"), DATA.index(b"line 61")
NOTE = b"[gone: a rule]"


def kept(stream: Stream) -> bytes:
    return b"".join(piece.data for piece in stream.read_bytes(0, 10**6) if isinstance(piece, Chunk))


@pytest.fixture
def ended(stream: Stream) -> Stream:
    """Many segments of 64 bytes."""
    stream.append(0, DATA, NOW)
    stream.finish()
    return stream


def test_only_the_bytes_of_the_span_change_and_their_line_ends_stay(ended: Stream, tmp_path: Path) -> None:
    before = ended.read_lines(1, 500).rows
    ended.redact([(START, END)], NOTE)
    expected = DATA[:START] + b"[gone: \r\n" + b".......\r\n" * 9 + DATA[END:]
    assert kept(ended) == expected
    after = ended.read_lines(1, 500).rows
    assert len(after) == len(before)
    for one, other in zip(before, after, strict=True):
        assert not isinstance(one, Gap)
        assert not isinstance(other, Gap)
        assert (one.number, one.offset, one.length, one.arrived_ms) == (
            other.number,
            other.offset,
            other.length,
            other.arrived_ms,
        )
        assert (one.text == other.text) is not (50 < one.number < 61)
    assert ended.line_at(END) == 61
    assert ended.search("line 55").lines == ()
    assert not any(b"line 55" in path.read_bytes() for path in tmp_path.rglob("*.raw"))


def test_the_record_of_the_end_is_about_what_is_kept_now(ended: Stream) -> None:
    before = ended.finished()
    ended.redact([(START, END)], NOTE)
    after = ended.finished()
    assert before
    assert after
    assert (after.size, after.lines) == (before.size, before.lines)
    assert (before.redacted, after.redacted) == (False, True)
    assert after.sha256 == hashlib.sha256(kept(ended)).hexdigest() != before.sha256
    assert ended.finish() == after


def test_a_repeat_changes_nothing_and_several_spans_go_at_once(ended: Stream) -> None:
    other = DATA.index(b"line 101"), DATA.index(b"line 102")
    ended.redact([(START, END), other], NOTE)
    done = kept(ended)
    assert done[other[0] : other[1]] == b"[gone: a\r\n"
    ended.redact([(START, END), other], NOTE)
    assert kept(ended) == done


def test_a_run_that_was_killed_between_two_segments_is_finished_by_the_next(
    ended: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    from farm.consoles import redact

    replace, calls = redact.replace_synced, []

    def killed(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        replace(path, data)

    monkeypatch.setattr(redact, "replace_synced", killed)
    with pytest.raises(KeyboardInterrupt):
        ended.redact([(START, END)], NOTE)
    monkeypatch.undo()
    half = ended.finished()
    assert half
    assert not half.redacted
    assert b"line 51" in kept(ended), "the end goes first"
    ended.redact([(START, END)], NOTE)
    assert b"line 5" not in kept(ended)[START:END]
    done = ended.finished()
    assert done
    assert (done.redacted, done.sha256) == (True, hashlib.sha256(kept(ended)).hexdigest())


def test_raw_bytes_that_a_cut_short_packing_left_do_not_stay(ended: Stream, tmp_path: Path) -> None:
    for packed in list(tmp_path.rglob("*.zst")):
        packed.with_suffix(".raw").write_bytes(DATA)
    ended.finish()
    ended.redact([(START, END)], NOTE)
    assert list(tmp_path.rglob("*.raw")) == []


def test_a_gap_stays_a_gap(flood: Stream) -> None:
    flood.append(0, DATA, NOW)
    flood.finish()
    before = flood.read_bytes(0, 10**6)
    flood.redact([(0, len(DATA))], NOTE)
    after = flood.read_bytes(0, 10**6)
    assert [one for one in before if isinstance(one, Gap)] == [one for one in after if isinstance(one, Gap)]
    assert b"line" not in kept(flood)
    assert flood.size() == len(DATA)


def test_a_console_that_may_still_grow_is_not_redacted(stream: Stream) -> None:
    stream.append(0, DATA, NOW)
    with pytest.raises(Conflict, match="may still grow"):
        stream.redact([(START, END)], NOTE)
    assert kept(stream) == DATA
