"""`bootfarm logs`: what a machine or a build said."""

import sys
import time
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from cli import deadline
from cli.api_client import ApiClient, connect, unreachable
from cli.client_command import ClientCommand
from cli.console import Log, live_lines
from cli.durations import Duration, Moment
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.shapes import Boot, Job, Line
from cli.text import clock
from cli.text import count as count_of
from cli.typed_ids import JobId, job_id

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_LOST_LINK_SECONDS = 60.0
_RAW_POLL_SECONDS = 0.3
_READ = 1 << 16


@click.command(cls=ClientCommand, prints=(Line,))
@click.argument("id_", metavar="ID")
@click.option("--follow", "-f", is_flag=True, help="Go on until it ends; a lost link is resumed where it broke.")
@click.option("--time", "-t", "with_time", is_flag=True, help="When each line came, before it.")
@click.option("--stream", metavar="NAME", help="Another stream than `serial` of a boot or `build` of a build.")
@click.option("--lines", "-n", "count", type=click.IntRange(1, 5000), metavar="N", help="Only the last N lines.")
@click.option("--grep", metavar="TEXT", help="Only lines that hold this text.")
@click.option(
    "--since", type=Moment(), metavar="TIME", help="Only what came since then, such as 30s or 2026-11-23T06:00Z."
)
@click.option("--attempt", type=click.IntRange(1), metavar="N", help="Of that attempt of a boot that was run again.")
@click.option("--timeout", type=Duration(), metavar="TIME", help="Stop after this; --follow ends with status 8 then.")
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
    since: datetime | None,
    attempt: int | None,
    timeout: float | None,
    raw: bool,
) -> int:
    """Print what a machine or a build said. A bare number is a boot."""
    if raw and (with_time or count or grep or since or output.wants_objects):
        raise click.UsageError("--raw gives the bytes as they are: leave out what chooses or shapes lines.")
    deadline.begin(timeout)
    job, client = job_id(id_, allowed=("boot", "build")), connect()
    if attempt:
        job = _attempt(client, job, attempt)
    log = Log(client, job, stream or default_stream(job))
    if raw:
        _copy_raw(output, log, follow)
    else:
        for line in _wanted(output, log, follow, count, grep):
            if since is None or _came_since(line, since):
                print_line(output, line, with_time=with_time)
    if follow and deadline.is_over():
        output.say(f"It went on when the wait ended. Go on with `bootfarm logs -f {job}`.")
        return ExitCode.STILL_RUNNING
    return ExitCode.PASS


def _attempt(client: ApiClient, job: JobId, number: int) -> JobId:
    """One of the boots of which each is the one before run again."""
    if job.kind != "boot":
        raise click.UsageError("--attempt goes with a boot.")
    attempts = client.get(job.path, Boot).attempts
    if number > len(attempts):
        raise CliError(
            f"{job} has {count_of(len(attempts), 'attempt')}, so there is no attempt {number}.", code=ExitCode.NOT_FOUND
        )
    return job_id(attempts[number - 1])


def _came_since(line: Line, since: datetime) -> bool:
    """Whether it came then or later; what has no time of its own is part of what is around it."""
    return line.t is None or line.t >= since.timestamp() * 1000


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

    lines = live_lines(log, start=start, after=after, patience=_LOST_LINK_SECONDS, stopped=deadline.is_over, lost=lost)
    return (line for line in lines if grep is None or line.gap or grep in line.text)


def print_line(output: Output, line: Line, *, with_time: bool = False, prefix: str = "") -> None:
    """One line of a console, or a mark where bytes were lost."""
    if output.wants_objects:
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

    offset, given_up = 0, time.monotonic() + _LOST_LINK_SECONDS
    while True:
        # Asked before the bytes: what a finished job had to say is all there.
        finished = not follow or _is_finished(log.client, log.job)
        copy = _Copy(log.client.request("GET", log.path, query={"from": offset}, stream=True), offset)
        try:
            copy.run()
            if finished or deadline.is_over():
                return
        except HTTPError as error:
            if copy.offset == offset and time.monotonic() > given_up:
                raise unreachable(log.client.url, error) from error
            output.say(f"The link was lost ({error}); resuming.")
        log.client.patience = _LOST_LINK_SECONDS
        if copy.offset == offset:
            time.sleep(_RAW_POLL_SECONDS)
        else:
            offset, given_up = copy.offset, time.monotonic() + _LOST_LINK_SECONDS


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
