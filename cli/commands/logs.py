"""`bootfarm logs`: what a machine or a build said."""

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from cli.api_client import ApiClient, connect, unreachable
from cli.command import FarmCommand
from cli.console import Log, live_lines
from cli.output import Output
from cli.shapes import Job, Line
from cli.text import clock
from cli.typed_ids import JobId, job_id

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_LOST_LINK_SECONDS = 60.0
_RAW_POLL_SECONDS = 0.3
_READ = 1 << 16


@click.command(cls=FarmCommand)
@click.argument("id_", metavar="ID")
@click.option("--follow", "-f", is_flag=True, help="Go on until it ends; a lost link is resumed where it broke.")
@click.option("--time", "-t", "with_time", is_flag=True, help="When each line came, before it.")
@click.option("--stream", metavar="NAME", help="Another stream than `serial` of a boot or `build` of a build.")
@click.option("--lines", "-n", "count", type=click.IntRange(1, 5000), metavar="N", help="Only the last N lines.")
@click.option("--grep", metavar="TEXT", help="Only lines that hold this text.")
@click.option("--raw", is_flag=True, help="The bytes as they came, escape codes and all.")
@click.pass_obj
def logs(
    output: Output,
    id_: str,
    follow: bool,
    with_time: bool,
    stream: str | None,
    count: int | None,
    grep: str | None,
    raw: bool,
) -> None:
    """Print what a machine or a build said. A bare number is a boot."""
    if raw and (with_time or count or grep or output.json):
        raise click.UsageError("--raw gives the bytes as they are: it goes with --follow and --stream only.")
    job = job_id(id_, allowed=("boot", "build"))
    log = Log(connect(), job, stream or default_stream(job))
    if raw:
        _copy_raw(output, log, follow)
        return
    for line in _wanted(output, log, follow, count, grep):
        print_line(output, line, with_time=with_time)


def default_stream(job: JobId) -> str:
    """What one means by the log of this."""
    return "build" if job.kind == "build" else "serial"


def _wanted(output: Output, log: Log, follow: bool, count: int | None, grep: str | None) -> Iterable[Line]:
    if not follow:
        if grep is not None:
            return (line for line in log.matching(grep))
        return log.tail(count) if count else log.lines()
    start = after = 0
    if count:
        past = [line for line in log.tail(count) if line.gap is None]
        start, after = (past[0].offset, past[0].n - 1) if past else (0, 0)

    def lost(reason: str) -> None:
        output.say(f"The link was lost ({reason}); resuming.")

    lines = live_lines(log, start=start, after=after, patience=_LOST_LINK_SECONDS, lost=lost)
    return (line for line in lines if grep is None or line.gap or grep in line.text)


def print_line(output: Output, line: Line, *, with_time: bool = False, prefix: str = "") -> None:
    """One line of a console, or a mark where bytes were lost."""
    if output.json:
        output.print_object(line)
        return
    if line.gap:
        text = f"[{line.gap[1] - line.gap[0]} bytes lost here]"
    else:
        text = f"{clock(line.t)}  {line.text}" if with_time else line.text
    output.line(prefix + text)


def _copy_raw(output: Output, log: Log, follow: bool) -> None:
    """Bytes from one offset to the next, so that a lost link neither doubles nor drops one."""
    from urllib3.exceptions import HTTPError

    offset, deadline = 0, time.monotonic() + _LOST_LINK_SECONDS
    while True:
        # Asked before the bytes: what a finished job had to say is all there.
        finished = not follow or _is_finished(log.client, log.job)
        copy = _Copy(log.client.request("GET", log.path, query={"from": offset}, stream=True), offset)
        try:
            copy.run()
            if finished:
                return
        except HTTPError as error:
            if copy.offset == offset and time.monotonic() > deadline:
                raise unreachable(log.client.url, error) from error
            output.say(f"The link was lost ({error}); resuming.")
        log.client.patience = _LOST_LINK_SECONDS
        if copy.offset == offset:
            time.sleep(_RAW_POLL_SECONDS)
        else:
            offset, deadline = copy.offset, time.monotonic() + _LOST_LINK_SECONDS


class _Copy:
    """One answer on its way to stdout. `offset` is that of the next byte, also when the answer did not come whole."""

    def __init__(self, answer: "BaseHTTPResponse", offset: int) -> None:
        self._answer = answer
        self.offset = offset
        start, _, end = answer.headers.get("X-Console-Gap", "").partition("-")
        self._gap = (int(start), int(end)) if end else None

    def run(self) -> None:
        """Copy to the end, or as far as the link holds."""
        try:
            self._pass_gap()
            while piece := self._answer.read1(_READ):
                self._write(piece)
            self.offset = int(self._answer.headers.get("X-Console-Size", self.offset))
        finally:
            sys.stdout.buffer.flush()
            self._answer.close()

    def _write(self, piece: bytes) -> None:
        sys.stdout.buffer.write(piece)
        before, self.offset = self.offset, self.offset + len(piece)
        if self._gap and before < self._gap[0] < self.offset:
            self.offset += self._gap[1] - self._gap[0]
        self._pass_gap()

    def _pass_gap(self) -> None:
        if self._gap and self.offset == self._gap[0]:
            self.offset = self._gap[1]


def _is_finished(client: ApiClient, job: JobId) -> bool:
    return client.get(job.path, Job).verdict is not None
