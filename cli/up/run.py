"""`up` from its lock to its last process: each thing is undone where it was made."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from pathlib import Path

from cli import home
from cli.api_client import ApiClient
from cli.credentials import Server
from cli.exit_codes import ExitCode, of_status
from cli.output import Output
from cli.server.farm_here import farm_here, settings_here
from cli.server.signing_keys import warn_of_keys
from cli.server.stopping import stop_event
from cli.server.web import DEFAULT_PORT
from cli.up import children, readiness
from cli.up.children import Place
from cli.up.ground import Ground, prepare_ground
from cli.up.guarded import guarded
from cli.up.lock import HomeLock, hold_home
from cli.up.options import UpOptions
from cli.up.port import choose_port, url_of
from cli.up.run_dir import run_dir_of
from cli.up.session import Session
from cli.up.supervisor import Supervisor
from cli.watching import Reading

_REDIS_SECONDS = 15.0
_TEND_SECONDS = 0.2
_SESSION_ENDS_SECONDS = 5.0


def run_up(output: Output, options: UpOptions) -> int:
    """Run an embedded farm until it is told to stop, or with `once` until the verdict; the exit status."""
    began = time.monotonic()

    def stamp() -> str:
        return f"{time.monotonic() - began:6.1f} s  "

    stop = stop_event()
    signal.signal(signal.SIGHUP, lambda *_: stop.set())
    farm_home = home.home().absolute()
    with hold_home(farm_home) as lock:
        place = _place(output, options, farm_home, lock)
        with guarded(place.run_dir, lock.descriptor):
            ground = _ground(output, place, options)
            output.say(f"{stamp()}home {farm_home} is ready")
            with Supervisor(output.say) as supervisor:
                last = _run_children(output, options, place, ground, supervisor, stop, stamp)
                output.say("Stopping.")
        output.say("Everything has ended.")
    if not options.once:
        return ExitCode.PASS
    if last and last.stuck:
        return ExitCode.INFRA
    return of_status(last.status) if last and last.finished else ExitCode.INTERRUPTED


def _place(output: Output, options: UpOptions, farm_home: Path, lock: HomeLock) -> Place:
    port = choose_port(options.host, options.port)
    url = url_of(options.host, port)
    if options.port is None and port != DEFAULT_PORT:
        output.say(f"Port {DEFAULT_PORT} is taken; this farm is at port {port}.")
    lock.record(url)
    folders = set(settings_here().local_repositories)
    if options.checkout:
        folders.add(options.checkout.folder)
    return Place(farm_home, run_dir_of(farm_home), options.host, port, url, tuple(sorted(folders)))


def _ground(output: Output, place: Place, options: UpOptions) -> Ground:
    settings = settings_here(
        home=place.home,
        url=place.url,
        redis_url=place.redis_url,
        local_repositories=list(place.local_repositories),
    )
    with farm_here(settings) as farm:
        ground = prepare_ground(farm, options.checkout, place.worker_token)
        warn_of_keys(output, farm)
        return ground


def _run_children(
    output: Output,
    options: UpOptions,
    place: Place,
    ground: Ground,
    supervisor: Supervisor,
    stop: threading.Event,
    stamp: Callable[[], str],
) -> Reading | None:
    """Start them and tend them from this thread, while another follows the first boot."""
    began = datetime.now(UTC)
    supervisor.start(children.redis(place))
    try:
        answers = lambda: readiness.redis_answers(place.redis_socket)  # noqa: E731
        readiness.wait_for("Redis", answers, _REDIS_SECONDS, place.log(children.REDIS), stop)
    except readiness.Stopped:
        return None
    for spec in children.servers(place, options.libvirt_uri):
        supervisor.start(spec)
    client = ApiClient(Server(place.url, ground.token), patience=0)
    session = _in_thread(Session(output, client, place, ground, options, began, stop, stamp))
    told = False
    while not stop.wait(_TEND_SECONDS):
        supervisor.tend()
        if session.done() and not told:
            told = True
            last = session.result()
            if options.once:
                return last
            output.say(f"The farm stays up at {place.url} until Ctrl-C.")
    # While the web server is still there, so that it ends in good order and gives the terminal back.
    wait([session], _SESSION_ENDS_SECONDS)
    # Somebody wanted the end: an error that comes of it is none.
    return session.result() if session.done() and session.exception() is None else None


def _in_thread(session: Session) -> "Future[Reading | None]":
    """A thread that must not hold the end of the process; its error is raised where the result is asked for."""
    future: Future[Reading | None] = Future()

    def run() -> None:
        try:
            future.set_result(session.run())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
