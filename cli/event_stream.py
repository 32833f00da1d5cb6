"""Server-sent events (WHATWG HTML, section 9.2) for as long as it takes: a lost link resumes by `Last-Event-ID`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cli.api_client import ApiClient, unreachable
from cli.errors import CliError

END = "end"
_READ = 65536  # bytes at most per read
_PAUSE = 0.25  # seconds before the first new try; it doubles up to the longest
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True)
class Event:
    """One event; `id` is the place to resume after it, "" when it moved nothing."""

    name: str
    data: str
    id: str


def parse(pieces: Iterator[bytes]) -> Iterator[Event]:
    """Events of a byte stream that may be cut anywhere; an event without its empty line is not one."""
    fields: dict[str, list[str]] = {}
    for line in _lines(pieces):
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            name, place = fields.get("event", ["message"])[-1], fields.get("id", [""])[-1]
            yield Event(name, "\n".join(fields["data"]), place)
        fields = {}


def _lines(pieces: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")


def follow(
    client: ApiClient,
    path: str,
    start: int = 0,
    *,
    patience: float = 0.0,
    stopped: Callable[[], bool] = lambda: False,
    lost: Callable[[str], None] = lambda reason: None,
) -> Iterator[Event]:
    """Events of a live log from a byte offset on, until its `end`.

    A link that breaks is opened again after the last event that was seen whole, and `lost` hears about it. The first
    link needs the client's own patience; once it was there, the farm may be away for `patience` seconds. It closes a
    stream now and then itself, to spread its load.

    Raises:
        CliError: the farm refused, or stayed away longer than the client's patience.
    """
    from urllib3.exceptions import HTTPError

    place, pause, deadline, linked = str(start), _PAUSE, time.monotonic() + client.patience, False
    while not stopped():
        try:
            # A call that finds no farm is repeated by the client itself, with the same patience.
            answer = client.request(
                "GET", path, query={"follow": 1, "from": start}, headers={"Last-Event-ID": place}, stream=True
            )
        except CliError:
            if linked and stopped():
                return  # it was the wait that ended, and not the farm that went away
            raise
        linked = True
        if patience > client.patience:
            client.patience, deadline = patience, time.monotonic() + patience
        reason: Exception = EOFError("the farm closed the stream")
        try:
            for event in parse(_pieces(answer.read1, stopped)):
                place = event.id or place
                pause, deadline = _PAUSE, time.monotonic() + client.patience
                yield event
                if event.name == END:
                    return
        except (HTTPError, OSError) as error:
            reason = error
        finally:
            answer.close()
        if stopped():
            return
        if time.monotonic() + pause > deadline:
            raise unreachable(client.url, reason)
        lost(str(reason))
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _pieces(read1: Callable[[int], bytes], stopped: Callable[[], bool]) -> Iterator[bytes]:
    while not stopped() and (piece := read1(_READ)):
        yield piece
