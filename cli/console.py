"""A console as lines in order: each once and whole, across gaps, growing last lines and lost links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cli.api_client import ApiClient
from cli.event_stream import follow
from cli.shapes import ConsoleEvent, Line, Lines
from cli.typed_ids import JobId

PAGE = 1000  # lines asked for at a time


@dataclass(frozen=True)
class Log:
    """One stream of one job."""

    client: ApiClient
    job: JobId
    stream: str

    @property
    def path(self) -> str:
        """Its place in the API."""
        return f"{self.job.path}/log/{self.stream}"

    def lines(self, first: int = 1, last: int | None = None) -> Iterator[Line]:
        """Kept lines from `first` to `last`, or to the end, page by page."""
        while last is None or first <= last:
            until = first + PAGE - 1 if last is None else min(last, first + PAGE - 1)
            page = self.client.get(self.path, Lines, lines=f"{first}-{until}")
            yield from page.lines
            numbers = [line.n for line in page.lines if line.gap is None]
            if not numbers:
                return
            first = numbers[-1] + 1

    def tail(self, count: int) -> list[Line]:
        """The last lines."""
        return self.client.get(self.path, Lines, tail=count).lines

    def matching(self, text: str) -> Iterator[Line]:
        """Lines that hold this text."""
        start: int | None = 1
        while start is not None:
            page = self.client.get(self.path, Lines, grep=text, start=start)
            yield from page.lines
            start = page.next


class LiveLines:
    """Turns what the live stream says into lines that are complete, each exactly once.

    The stream sends a last line again when it has grown, and after a lost link; it may leave out lines of a large
    backlog, which are then fetched.
    """

    def __init__(self, log: Log, after: int = 0) -> None:
        """`after` is the number of the last line that the reader has already."""
        self._log = log
        self._last = after  # number of the last line that was given out
        self._growing: Line | None = None

    def take(self, event: ConsoleEvent) -> Iterator[Line]:
        """The lines that this event completes."""
        if event.gap:
            yield from self.flush()
            yield Line(gap=event.gap)
        for line in event.lines:
            if line.gap is None:
                yield from self._take(line)

    def _take(self, line: Line) -> Iterator[Line]:
        if self._growing and line.n > self._growing.n:
            # It ended in a piece whose event left it out, or a gap cut it: the kept console knows.
            self._growing = None
        if line.n <= self._last:
            return
        if line.n > self._last + 1:
            yield from self._log.lines(self._last + 1, line.n - 1)
            self._last = line.n - 1
        if line.partial:
            self._growing = line
            return
        self._growing, self._last = None, line.n
        yield line

    def flush(self) -> Iterator[Line]:
        """The last line as far as it came, when nothing can follow it."""
        if self._growing:
            self._last = self._growing.n
            yield self._growing
        self._growing = None


def live_lines(
    log: Log,
    *,
    start: int = 0,
    after: int = 0,
    patience: float = 0.0,
    stopped: Callable[[], bool] = lambda: False,
    lost: Callable[[str], None] = lambda reason: None,
) -> Iterator[Line]:
    """Lines as they come, until the job ends; from byte `start`, leaving out those numbered up to `after`."""
    live = LiveLines(log, after)
    for event in follow(log.client, log.path, start, patience=patience, stopped=stopped, lost=lost):
        if event.name == "console":
            yield from live.take(ConsoleEvent.model_validate_json(event.data))
    yield from live.flush()
