"""From a submission, boot or build to its verdict: progress, consoles, the result, and the exit status."""

import time
from collections.abc import Callable

from cli.api_client import ApiClient
from cli.exit_codes import BISECT_SKIP, ExitCode, of_status
from cli.follow_logs import FollowedLogs
from cli.output import Output
from cli.progress import Progress
from cli.text import seconds, since
from cli.typed_ids import JobId
from cli.watching import Changes, Reading, readings, running_step


def follow_to_verdict(
    output: Output,
    client: ApiClient,
    watched: JobId,
    *,
    logs: bool = False,
    timeout: float | None = None,
    enough: Callable[[Reading], bool] = lambda _: False,
    stopped: Callable[[], bool] = lambda: False,
    stamp: Callable[[], str] = lambda: "",
) -> Reading | None:
    """Show what happens until there is a verdict, `enough`, the time is up, or `stopped`; the last reading.

    `stamp` is put before each sentence.
    """
    began, changes, last = time.monotonic(), Changes(), None
    deadline = None if timeout is None else began + timeout
    with Progress(output) as progress, FollowedLogs(output, client) as consoles:
        for reading in readings(client, watched, deadline=deadline, stopped=stopped):
            for sentence in changes.of(reading):
                progress.say(stamp() + sentence)
            if not reading.finished:
                progress.tick(stamp() + _now(reading, began))
            if logs:
                consoles.follow(reading, progress.stop_ticking)
            if output.json and not reading.finished and (last is None or last.shown != reading.shown):
                output.print_object(reading.shown)
            last = reading
            if enough(reading):
                break
        if logs and last is not None and last.finished:
            consoles.finish()
    return last


def _now(reading: Reading, began: float) -> str:
    running = running_step(reading)
    if running is None:
        return f"{reading.shown.id} {reading.status}  {since(began)}"
    job, step = running
    return f"{job.id} {step.name if step else 'running'}  {since(began)}"


def watch_to_end(
    output: Output,
    client: ApiClient,
    watched: JobId,
    *,
    logs: bool,
    timeout: float | None,
    bisect: bool,
    fail_fast: bool = False,
) -> int:
    """Follow, print the result, and the exit status. Ctrl-C detaches and cancels nothing."""
    try:
        last = follow_to_verdict(
            output, client, watched, logs=logs, timeout=timeout, enough=lambda reading: fail_fast and reading.failed
        )
    except KeyboardInterrupt:
        output.say(f"Detached; nothing was cancelled. Go on with `bootfarm watch {watched}`,")
        output.say(f"or end it with `bootfarm cancel {watched}`.")
        return ExitCode.INTERRUPTED
    if last is None:
        return ExitCode.STILL_RUNNING
    show_result(output, client, last)
    if fail_fast and last.failed and not last.finished:
        output.say(f"The first failure ends this watch; {watched} goes on. End it with `bootfarm cancel {watched}`.")
    elif not last.finished:
        output.say(f"Still {last.status} when the wait ended. Go on with `bootfarm watch {watched}`.")
        return ExitCode.STILL_RUNNING
    if bisect and last.build_failed:
        return BISECT_SKIP
    return of_status("fail" if fail_fast and last.failed else last.status)


def show_result(output: Output, client: ApiClient, last: Reading) -> None:
    """The final object, or a row for each boot; for each build where no boot belongs to it."""
    if output.wants_objects:
        output.print_object(last.shown)
        return
    rows = [
        (job.id, job.status, job.cause, getattr(job, "machine", None), seconds(job.seconds), client.url + job.url)
        for job in last.boots or last.builds
    ]
    output.table(("id", "verdict", "cause", "machine", "time", "page"), rows)
