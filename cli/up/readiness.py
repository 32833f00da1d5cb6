"""Waiting for the parts of an embedded farm: by condition, each with a deadline."""

import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cli.api_client import ApiClient
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.farm_shapes import Workers
from cli.shapes import Shape
from cli.up.supervisor import last_lines

_LOOK_SECONDS = 0.05


class Stopped(Exception):
    """Somebody wants `up` to end while it still begins."""


def wait_for(what: str, is_so: Callable[[], bool], seconds: float, log: Path, stop: threading.Event) -> None:
    """Wait until it is so.

    Raises:
        CliError: not in time; with the last lines of the log that should say why.
        Stopped: `stop` was set.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if stop.wait(_LOOK_SECONDS):
            raise Stopped
        if time.monotonic() > deadline:
            lines = "".join(f"\n  {line}" for line in last_lines(log))
            sentence = f"{what} is not ready after {seconds:.0f} s. Its last lines:{lines or ' none'}"
            raise CliError(sentence, f"All of its log: {log}", ExitCode.INFRA)


def redis_answers(path: Path) -> bool:
    """Whether Redis says PONG on its socket."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def web_answers(client: ApiClient) -> bool:
    """Whether the web server and its database are well."""
    try:
        client.get("/health", Shape)
    except CliError:
        return False
    return True


def workers_said_hello(client: ApiClient, names: set[str], after: datetime) -> bool:
    """Whether each of these workers spoke after that moment."""
    try:
        found = client.get("/workers", Workers).items
    except CliError:
        return False
    return names <= {one.name for one in found if one.last_seen_at > after}
