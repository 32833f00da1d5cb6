"""A store with small segments, so that a few hundred bytes cross many borders, and one of the real sizes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.consoles import ConsoleStore, Limits, Stream

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)

Send = Callable[..., None]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    """A console of segments of 64 bytes without a cap that a test would reach."""
    return ConsoleStore(tmp_path, Limits(segment_bytes=64)).stream("boot-12", "serial")


@pytest.fixture
def flood(tmp_path: Path) -> Stream:
    """A console that keeps 200 bytes of head and 300 of tail."""
    return ConsoleStore(tmp_path, Limits(head_bytes=200, tail_bytes=300, segment_bytes=64)).stream("boot-12", "serial")


@pytest.fixture
def real(tmp_path: Path) -> Stream:
    """A console with the limits of a farm."""
    return ConsoleStore(tmp_path).stream("boot-12", "serial")


@pytest.fixture
def send() -> Send:
    """Append `data` after what the stream has, `step` bytes at a time."""

    def append_all(stream: Stream, data: bytes, step: int = 10, now: datetime = NOW) -> None:
        for begin in range(0, len(data), step):
            stream.append(stream.size(), data[begin : begin + step], now)

    return append_all
