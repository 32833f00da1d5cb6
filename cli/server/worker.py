"""`bootfarm worker`: the process of a lab host or a builder."""

import os
from pathlib import Path
from typing import Literal

import click

from cli.command import FarmCommand
from cli.errors import CliError
from cli.output import Output


@click.command(cls=FarmCommand)
@click.option("--kind", type=click.Choice(["build", "boot"]), required=True, help="Build, or boot machines.")
@click.option("--lab", default="local", show_default=True, help="Whose machines; a builder belongs to a lab, too.")
@click.option("--name", required=True, help="Of this worker; no other of the lab has it.")
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path),
    required=True,
    help="A short path of this worker alone, for sockets and the files of jobs.",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    help="Of all workers of this lab on this host: what its virtual machines' TPMs are known by. Keep it. "
    "[default: bootfarm-worker/LAB in the user's state folder]",
)
@click.option("--libvirt-uri", default="", help="Such as qemu:///system; without it QEMU is driven inside the worker.")
@click.option("--concurrency", type=click.IntRange(1, 256), default=1, show_default=True, help="Jobs at a time.")
@click.pass_obj
def worker(
    output: Output,
    kind: Literal["build", "boot"],
    lab: str,
    name: str,
    run_dir: Path,
    state_dir: Path | None,
    libvirt_uri: str,
    concurrency: int,
) -> None:
    """Build, or boot the machines of a lab, until SIGTERM.

    BOOTFARM_URL, BOOTFARM_REDIS_URL and BOOTFARM_WORKER_TOKEN_FILE name the farm.
    """
    from cli.server.collector import spare_what_stays
    from cli.server.logs import configure_logs
    from workers.main import run_worker, settings_from_environment

    configure_logs()
    state = (state_dir or _state_folder(lab)).absolute()
    try:
        settings = settings_from_environment(kind, lab, name, run_dir.absolute(), concurrency, state, libvirt_uri)
    except SystemExit as missing:  # its sentence, with the status of a wrong configuration and not of a failed boot
        raise CliError(str(missing)) from missing
    output.say(f"Working for {settings.url}.")
    spare_what_stays()
    run_worker(settings)


def _state_folder(lab: str) -> Path:
    """Where it is unless told."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "bootfarm-worker" / lab
