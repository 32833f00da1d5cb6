"""Consoles of several jobs at once, each followed by a thread of its own, as lines on stdout."""

import threading
import time
from collections.abc import Callable

from cli.api_client import ApiClient
from cli.commands.logs import default_stream, print_line
from cli.console import Log, live_lines
from cli.errors import CliError
from cli.output import Output
from cli.shapes import Line
from cli.typed_ids import job_id
from cli.watching import Reading

# After the verdict, what a machine said last is already at the farm; a broken link must not hold the end for ever.
LAST_LINES_SECONDS = 15.0


class FollowedLogs:
    """Follows every job that has begun. Lines of one job stay in order; of several, each line says whose it is."""

    def __init__(self, output: Output, client: ApiClient) -> None:
        """Nothing is followed yet."""
        self._output = output
        self._client = client
        self._threads: dict[str, threading.Thread] = {}
        self._stop = threading.Event()
        self._print = threading.Lock()

    def follow(self, reading: Reading, before_first: Callable[[], None]) -> None:
        """Begin to follow what has begun: boots, or a build that was asked for by itself.

        `before_first` is called before the first line can come.
        """
        jobs = reading.boots or (reading.builds if reading.shown.id.startswith("build-") else ())
        for job in jobs:
            if job.started_at is not None and job.id not in self._threads:
                before_first()
                prefix = f"{job.id} | " if len(jobs) > 1 else ""
                thread = threading.Thread(target=self._follow, args=(job.id, prefix), daemon=True)
                self._threads[job.id] = thread
                thread.start()

    def _follow(self, name: str, prefix: str) -> None:
        job = job_id(name)
        log = Log(self._client, job, default_stream(job))
        try:
            for line in live_lines(log, stopped=self._stop.is_set):
                with self._print:
                    self._show(name, line, prefix)
        except CliError as error:
            self._output.say(f"The console of {name} can't be shown: {error.message}")
        except BrokenPipeError:
            self._stop.set()

    def _show(self, name: str, line: Line, prefix: str) -> None:
        if self._output.json:
            self._output.json_line({"console": name, **line.model_dump(mode="json", exclude_defaults=True)})
        else:
            print_line(self._output, line, prefix=prefix)

    def finish(self) -> None:
        """All that was said is printed, or the wait for it is over."""
        deadline = time.monotonic() + LAST_LINES_SECONDS
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        self.stop()

    def stop(self) -> None:
        """Follow nothing any more."""
        self._stop.set()

    def __enter__(self) -> "FollowedLogs":
        """Nothing is followed yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """An interrupted watch prints no more lines."""
        self.stop()
