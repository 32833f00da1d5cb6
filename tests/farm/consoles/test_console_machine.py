"""Any sequence of good and bad deliveries ends in the bytes that were sent."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from farm.consoles import Chunk, ConsoleStore, Gap, Limits, OffsetAhead, StreamFinished

NOW = datetime(2025, 3, 1, tzinfo=UTC)
HEAD, TAIL, SEGMENT = 60, 90, 16

said = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"word", b"\x1b[m", b"\xff"]), max_size=20
).map(b"".join)


class Deliveries(RuleBasedStateMachine):
    """A machine speaks, a client sends over a bad line, the store must hold a prefix of what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        store = ConsoleStore(self.root, Limits(segment_bytes=SEGMENT))
        capped = ConsoleStore(self.root, Limits(head_bytes=HEAD, tail_bytes=TAIL, segment_bytes=SEGMENT))
        self.stream, self.capped = store.stream("boot-1", "serial"), capped.stream("boot-1", "build")
        self.follower = self.stream.follow(0)
        self.followed = self.said = b""
        self.stored = 0
        self.finished = False

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @rule(data=said)
    def the_machine_speaks(self, data: bytes) -> None:
        self.said += data

    @rule(data=st.data())
    def a_packet_arrives(self, data: st.DataObject) -> None:
        """Late, twice, early or overlapping: any part of what was said, at its true offset."""
        begin = data.draw(st.integers(0, len(self.said)))
        packet = self.said[begin : begin + data.draw(st.integers(0, 60))]
        for stream in (self.stream, self.capped):
            if self.finished and begin + len(packet) > self.stored:
                with pytest.raises(StreamFinished):
                    stream.append(begin, packet, NOW)
            elif begin > self.stored:
                with pytest.raises(OffsetAhead) as refusal:
                    stream.append(begin, packet, NOW)
                assert refusal.value.expected == self.stored
            else:
                assert stream.append(begin, packet, NOW) == max(self.stored, begin + len(packet))
        if begin <= self.stored and not self.finished:
            self.stored = max(self.stored, begin + len(packet))

    @precondition(lambda self: not self.finished)
    @rule()
    def the_client_sends_again_from_what_is_expected(self) -> None:
        for stream in (self.stream, self.capped):
            stream.append(self.stored, self.said[self.stored :], NOW)
        self.stored = len(self.said)

    @precondition(lambda self: self.stored > 100)
    @rule()
    def the_stream_is_finished(self) -> None:
        assert self.stream.finish().size == self.stored
        assert self.capped.finish().size == self.stored
        self.finished = True

    @rule()
    def a_follower_polls(self) -> None:
        self.followed += b"".join(part.data for part in self.follower.poll() if isinstance(part, Chunk))
        assert self.followed == self.said[: self.stored]
        assert self.follower.ended == self.finished

    @invariant()
    def what_is_stored_is_what_was_said(self) -> None:
        parts = self.stream.read_bytes(0, 10**9)
        assert b"".join(part.data for part in parts if isinstance(part, Chunk)) == self.said[: self.stored]
        lines = self.said[: self.stored].splitlines(keepends=True)
        assert self.stream.line_count() == self.capped.line_count() == len(lines)
        assert [line.length for line in self.stream.tail_lines(5).lines] == [len(line) for line in lines[-5:]]

    @invariant()
    def head_and_tail_of_the_capped_are_there_and_the_rest_is_a_gap(self) -> None:
        reached = 0
        for part in self.capped.read_bytes(0, 10**9):
            if isinstance(part, Gap):
                assert (part.start, part.start >= HEAD, part.end <= self.stored - TAIL) == (reached, True, True)
                reached = part.end
            else:
                assert part.offset == reached
                assert part.data == self.said[part.offset : part.end]
                reached = part.end
        assert reached == self.stored == self.capped.size()


Deliveries.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.timeout(300)
class TestDeliveries(Deliveries.TestCase):  # type: ignore[misc,valid-type]
    """Run by pytest."""
