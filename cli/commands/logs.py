"""`bootfarm logs`: what a machine or a build said."""

import sys
import time
from collections.abc import Iterable

import click

from cli.api_client import ApiClient, connect
from cli.command import FarmCommand
from cli.console import Log, live_lines
from cli.output import Output
from cli.shapes import Job, Line
from cli.text import clock
from cli.typed_ids import JobId, job_id

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
        _copy_raw(log, follow)
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


def _copy_raw(log: Log, follow: bool) -> None:
    """Bytes from one offset to the next, so that a lost link neither doubles nor drops one."""
    offset = 0
    while True:
        # Asked before the bytes: what a finished job had to say is all there.
        finished = not follow or _is_finished(log.client, log.job)
        copied = _copy_from(log, offset)
        offset += copied
        log.client.patience = _LOST_LINK_SECONDS
        if finished and not copied:
            return
        if not copied:
            time.sleep(_RAW_POLL_SECONDS)


def _copy_from(log: Log, offset: int) -> int:
    answer = log.client.request("GET", log.path, query={"from": offset}, stream=True)
    copied = 0
    try:
        while piece := answer.read1(_READ):
            sys.stdout.buffer.write(piece)
            copied += len(piece)
    finally:
        sys.stdout.buffer.flush()
        answer.close()
    return copied


def _is_finished(client: ApiClient, job: JobId) -> bool:
    return client.get(job.path, Job).verdict is not None
