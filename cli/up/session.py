"""What `up` does once its children run, in a thread: wait for them, say where the farm is, boot the checkout."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cli.api_client import ApiClient
from cli.output import Output
from cli.up import readiness
from cli.up.children import BOOTER, BUILDER, Place
from cli.up.first_boot import first_boot, show_verdicts
from cli.up.ground import Ground
from cli.up.options import UpOptions
from cli.watching import Reading

WEB_SECONDS = 30.0
# A boot worker decides by a small boot whether /dev/kvm works, and the embedded driver probes QEMU, both once per host.
WORKERS_SECONDS = 120.0


@dataclass(frozen=True)
class Session:
    """One embedded farm from ready to verdict."""

    output: Output
    client: ApiClient
    place: Place
    ground: Ground
    options: UpOptions
    began: datetime
    stop: threading.Event
    stamp: Callable[[], str]

    def run(self) -> Reading | None:
        """Until the verdict; None when nothing was submitted or somebody stopped it."""
        try:
            self._wait()
        except readiness.Stopped:
            return None
        checkout = self.options.checkout
        if not (self.options.submit and checkout):
            return None
        last = first_boot(
            self.output,
            self.client,
            checkout,
            self.ground.repository,
            dirty=self.options.dirty,
            once=self.options.once,
            stop=self.stop,
            stamp=self.stamp,
        )
        if last and (last.finished or last.stuck):
            show_verdicts(self.output, self.client, last)
        return last

    def _wait(self) -> None:
        answers = partial(readiness.web_answers, self.client)
        readiness.wait_for("The web server", answers, WEB_SECONDS, self.place.log("web"), self.stop)
        self.output.say(f"{self.stamp()}the farm is at {self.place.url}")
        self.output.say(f"          log in once with {self.ground.login_url}")
        for name, worker in (("worker-build", BUILDER), ("worker-boot", BOOTER)):
            ready = partial(readiness.workers_said_hello, self.client, {worker}, self.began)
            readiness.wait_for(name, ready, WORKERS_SECONDS, self.place.log(name), self.stop)
            self.output.say(f"{self.stamp()}{name} is ready")
