"""Where the web server will listen."""

import errno
import socket

from cli.errors import CliError
from cli.server.web import DEFAULT_PORT

_TRIED = 100


def choose_port(host: str, wanted: int | None) -> int:
    """The wanted port, or the default one or the next that is free.

    Raises:
        CliError: the wanted one is taken, or the host is none of this machine's.
    """
    for port in [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + _TRIED):
        if _is_free(host, port):
            return port
    taken = f"Port {wanted} of {host} is taken" if wanted else f"{host} has no free port from {DEFAULT_PORT} on"
    raise CliError(f"{taken}.", "Name another with --port.")


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn does: a connection that lingers from the last run is no owner.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return True
        except (socket.gaierror, OverflowError) as error:
            raise CliError(f'"{host}" is no address of this machine: {error}.') from error
        except PermissionError as error:
            raise CliError(f"You may not listen on port {port}.", "Name another with --port.") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise CliError(f'"{host}" is no address of this machine.') from error
            return False


def url_of(host: str, port: int) -> str:
    """The URL under which this machine reaches that server."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{here}:{port}"
