"""`bootfarm web`: pages and API, by gunicorn's threads."""

from typing import Any

import click

from cli.command import FarmCommand
from cli.output import Output

DEFAULT_PORT = 8808
DEFAULT_THREADS = 64  # a live stream or a download holds one; three quarters at most (`web.places`)
# A live stream never ends by itself; its client resumes at another process, so there is no use in waiting for it.
_GRACEFUL_SECONDS = 2


@click.command(cls=FarmCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; anybody there may read.")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(4, 512), default=DEFAULT_THREADS, show_default=True, help="Of each.")
@click.option("--access-log", is_flag=True, help="A line per request on stdout.")
@click.pass_obj
def web(output: Output, host: str, port: int, workers: int, threads: int, access_log: bool) -> None:
    """Serve pages and API, until SIGTERM."""
    from cli.server.farm_here import farm_here
    from cli.server.logs import configure_logs
    from cli.server.signing_keys import warn_of_keys
    from farm import schema

    configure_logs()
    with farm_here() as farm:
        schema.check(farm)
        # Made before the first worker starts, so that all of them sign with the same.
        _ = farm.secret_key
        warn_of_keys(output, farm)
    address = f"[{host}]" if ":" in host else host
    _serve(
        host,
        {
            "bind": f"{address}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "graceful_timeout": _GRACEFUL_SECONDS,
            "timeout": 60,
            "keepalive": 30,
            "proc_name": "bootfarm-web",
            "accesslog": "-" if access_log else None,
            "logger_class": "cli.server.access_log.AccessLog",
            "control_socket_disable": True,
        },
    )


def _serve(host: str, options: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    class Served(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
        """Gunicorn with options from the command line and nowhere else."""

        def load_config(self) -> None:
            """Take the options; those that this gunicorn does not know are left out."""
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            """The application; made in each process, since a database connection must not be shared by a fork."""
            from cli.server.collector import spare_what_stays
            from web.app import create_app

            made = create_app(threads=options["threads"], listens=host)
            spare_what_stays()
            return made

    Served().run()
