"""One worker process: a Celery consumer of its queues, a hello every few seconds, and a reaper.

A build worker and a boot worker are the same process with another kind of job. Celery brings ids only; everything else
goes over the farm's HTTP API.
"""

import json
import os
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import structlog
from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down

from farm.queue import BOOT_TASK, BUILD_QUEUE, BUILD_TASK, celery_app, lab_queue
from farm.wire import BootOutcome, BuildOutcome, Cause, Claim, Hello, LiveLeases, Verdict, Welcome
from mirrors import UrlPolicy
from workers.farm_client import FarmClient, FarmRefused, FarmUnreachable, LeaseLost

Kind = Literal["build", "boot"]
VERSION = "1"
_FIRST_HELLO_SECONDS = 1.0
_REAP_SECONDS = 5.0
_TOLD_TO_STOP = "The worker was told to stop while this ran."
log = structlog.get_logger()


@dataclass(frozen=True)
class WorkerSettings:
    """What one worker process is told at its start."""

    kind: Kind
    lab: str
    name: str
    run_dir: Path  # short, of this process alone: sockets are made in it
    cache: Path
    url: str
    redis_url: str
    token: str
    concurrency: int
    state: Path  # what machines are known by; shared by the workers of one lab on one host
    libvirt_uri: str = ""
    local_repositories: tuple[Path, ...] = ()  # folders below which a local path may be built


class Trade(Protocol):
    """What a build worker and a boot worker do differently."""

    queue: str
    task: str

    def hello(self) -> Hello:
        """What to tell the farm about this worker."""

    def work(self, job: int) -> None:
        """Claim the job that a message named and do it; a duplicate is dropped."""

    def reap(self, live: LiveLeases) -> None:
        """Remove what runs here without a lease."""


class BuildTrade:
    """Builds."""

    queue = BUILD_QUEUE
    task = BUILD_TASK

    def __init__(self, settings: WorkerSettings, client: FarmClient) -> None:
        import psutil

        from workers.build.host import BuildHost
        from workers.build.limits import Limits
        from workers.build.toolchain import toolchain_identity
        from workers.build.watch import fitting

        self._settings = settings
        self._client = client
        self._toolchain = toolchain_identity()
        cargo = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo") / "config.toml"
        self._host = BuildHost(
            cache=settings.cache,
            run=settings.run_dir,
            policy=UrlPolicy(local_folders=settings.local_repositories),
            limits=fitting(Limits(), psutil.virtual_memory().total),
            cargo_config=cargo if cargo.is_file() else None,
        )

    def hello(self) -> Hello:
        """With the toolchain, which is part of each build's content key."""
        told = self._settings
        return Hello(worker=told.name, lab=told.lab, kinds=["build"], version=VERSION, toolchain=self._toolchain)

    def work(self, job: int) -> None:
        """One build."""
        from workers.build.run import run_build

        claimed = self._client.claim_build(job, Claim(worker=self._settings.name, toolchain=self._toolchain))
        if claimed is not None:
            farm = self._client.job("builds", job, claimed.token)
            run_build(claimed, farm, self._host)
            if self._client.stopping.is_set():
                farm.finish(BuildOutcome(verdict=Verdict.INFRA, cause=Cause.WORKER_LOST, detail=_TOLD_TO_STOP))

    def reap(self, live: LiveLeases) -> None:
        """Folders of builds that nobody runs any more."""
        from workers.build.run import clean_leftovers

        clean_leftovers(self._host, set(live.builds))


class BootTrade:
    """Boots."""

    task = BOOT_TASK

    def __init__(self, settings: WorkerSettings, client: FarmClient) -> None:
        from workers.machines.host import LabHost

        self.queue = lab_queue(settings.lab)
        self._settings = settings
        self._client = client
        self._host = LabHost(settings.lab, settings.run_dir, settings.cache, settings.state, settings.libvirt_uri)
        self._host.warm_up()

    def hello(self) -> Hello:
        """With the accelerator that machines run on here."""
        told = self._settings
        accelerator = self._host.accelerator
        return Hello(worker=told.name, lab=told.lab, kinds=["boot"], version=VERSION, accelerator=accelerator)

    def work(self, job: int) -> None:
        """One boot."""
        from workers.boot.run import run_boot

        claimed = self._client.claim_boot(job, Claim(worker=self._settings.name))
        if claimed is not None:
            farm = self._client.job("boots", job, claimed.token)
            run_boot(claimed, farm, self._host)
            if self._client.stopping.is_set():
                farm.finish(BootOutcome(verdict=Verdict.INFRA, cause=Cause.WORKER_LOST, detail=_TOLD_TO_STOP))

    def reap(self, live: LiveLeases) -> None:
        """Machines, processes and folders of boots that nobody holds any more."""
        from workers.reaper import reap_one

        reap_one(self._host, live)


def run_worker(settings: WorkerSettings) -> None:
    """Work until SIGTERM; jobs that run then are given up, and the farm retries them."""
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    _own_scratch(settings.run_dir / "tmp")
    client = FarmClient(settings.url, settings.token, connections=settings.concurrency * 3 + 4)
    trade: Trade = BuildTrade(settings, client) if settings.kind == "build" else BootTrade(settings, client)
    stop = threading.Event()
    _every(stop, _REAP_SECONDS, lambda: trade.reap(client.leases(settings.lab)), first=_FIRST_HELLO_SECONDS)
    hello = trade.hello()
    _every(stop, _first_hello(client, hello).every_seconds, lambda: client.hello(hello))
    app = celery_app(settings.redis_url, waits=True)
    worker_shutting_down.connect(lambda **_: client.stopping.set(), weak=False)
    app.task(name=trade.task, acks_late=True)(_without_lease_errors(trade.work))
    # Builds drop to an unprivileged user and messages are JSON, so root is no risk that Celery need warn of.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    consumer = app.Worker(
        hostname=f"{settings.name}@{settings.lab}",
        queues=[trade.queue],
        pool="threads",
        concurrency=settings.concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    log.info("worker ready", kind=settings.kind, name=settings.name, lab=settings.lab, queue=trade.queue)
    try:
        consumer.start()
    finally:
        stop.set()


def _first_hello(client: FarmClient, hello: Hello) -> Welcome:
    """A worker may be up before its farm, and waits for it."""
    while True:
        try:
            return client.hello(hello)
        except FarmUnreachable as error:
            log.warning("waiting for the farm", error=str(error))
        except (FarmRefused, LeaseLost) as error:
            raise SystemExit(f"The farm refuses this worker: {error}") from error


def _own_scratch(folder: Path) -> None:
    """Temporary files go where the next process of this name removes what a killed one left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o711)
    tempfile.tempdir = str(folder)


def _without_lease_errors(work: Callable[[int], None]) -> Callable[[int], None]:
    """A job whose lease ended or whose farm is away is the farm's to retry: nothing is left to do here."""

    def task(job: int) -> None:
        try:
            work(job)
        except (LeaseLost, FarmUnreachable, FarmRefused) as error:
            log.warning("job given up", job=job, error=str(error))

    return task


def _every(stop: threading.Event, seconds: float, do: Callable[[], object], first: float | None = None) -> None:
    """Run `do` at an interval from a thread; its failures are logged and it is tried again."""

    def loop() -> None:
        wait = seconds if first is None else first
        while not stop.wait(wait):
            wait = seconds
            try:
                do()
            except (FarmUnreachable, FarmRefused, LeaseLost) as error:
                log.warning("farm did not take it", error=str(error))
            except Exception:
                log.exception("duty failed")

    threading.Thread(target=loop, daemon=True).start()


def settings_from_environment(
    kind: Kind, lab: str, name: str, run_dir: Path, concurrency: int, state: Path, libvirt_uri: str
) -> WorkerSettings:
    """The rest of the settings, from BOOTFARM_ variables.

    Raises:
        SystemExit: one is missing; the message names it.
    """
    try:
        token = Path(os.environ["BOOTFARM_WORKER_TOKEN_FILE"]).read_text().strip()
        url, redis_url = os.environ["BOOTFARM_URL"], os.environ["BOOTFARM_REDIS_URL"]
    except KeyError as error:
        raise SystemExit(f"A worker needs the environment variable {error.args[0]}.") from error
    except OSError as error:
        raise SystemExit(f"The worker's token can't be read: {error}") from error
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bootfarm"
    local = tuple(Path(folder) for folder in json.loads(os.environ.get("BOOTFARM_LOCAL_REPOSITORIES", "[]")))
    return WorkerSettings(
        kind, lab, name, run_dir, cache, url, redis_url, token, concurrency, state, libvirt_uri, local
    )
