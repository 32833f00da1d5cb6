"""Live followers."""

import threading
from datetime import UTC, datetime

from farm.consoles import Chunk, Stream

NOW = datetime(2025, 3, 1, tzinfo=UTC)
DATA = b"".join(b"line %d\r\n" % number for number in range(1, 801))


def test_a_follower_gets_what_came_since_its_last_poll(stream: Stream) -> None:
    follower = stream.follow(3)
    stream.append(0, b"one\n", NOW)
    assert follower.poll() == [Chunk(3, b"\n")]
    assert follower.poll() == []
    stream.append(4, b"two\n", NOW)
    assert follower.poll() == [Chunk(4, b"two\n")]
    assert (follower.offset, follower.ended) == (8, False)
    stream.finish()
    assert (follower.poll(), follower.ended) == ([], True)


def test_a_follower_goes_over_borders_of_segments_and_the_finish(stream: Stream) -> None:
    follower = stream.follow(0)
    got = b""
    for begin in range(0, 5000, 13):
        stream.append(begin, DATA[begin : begin + 13], NOW)
        got += b"".join(part.data for part in follower.poll() if isinstance(part, Chunk))
        assert got == DATA[: begin + 13]
        assert follower.poll() == []
    late = stream.follow(100)
    stream.finish()
    assert (follower.poll(), follower.ended) == ([], True)
    assert b"".join(part.data for part in late.poll() if isinstance(part, Chunk)) == got[100:]


def test_a_follower_ahead_of_the_stream_waits_for_it(stream: Stream) -> None:
    follower = stream.follow(5)
    stream.append(0, b"one\n", NOW)
    assert follower.poll() == []
    stream.append(4, b"two\n", NOW)
    assert follower.poll() == [Chunk(5, b"wo\n")]


def test_threads_that_append_and_follow_at_once_agree(stream: Stream) -> None:
    def send() -> None:
        for begin in range(0, len(DATA), 137):
            stream.append(begin, DATA[begin : begin + 137], NOW)

    got = [b"", b""]

    def watch(which: int) -> None:
        follower = stream.follow(0)
        while not follower.ended:
            got[which] += b"".join(part.data for part in follower.poll() if isinstance(part, Chunk))

    watchers = [threading.Thread(target=watch, args=(which,)) for which in range(2)]
    senders = [threading.Thread(target=send) for _ in range(2)]
    for thread in watchers + senders:
        thread.start()
    for thread in senders:
        thread.join()
    stream.append(0, DATA, NOW)
    stream.finish()
    for thread in watchers:
        thread.join()
    assert got == [DATA, DATA]
