"""`bootfarm up`."""

import os
from pathlib import Path

import click

from cli.checkout import Checkout, checkout_or_none
from cli.command import FarmCommand
from cli.errors import CliError
from cli.output import Output


@click.command(cls=FarmCommand)
@click.option("--once", is_flag=True, help="Stop after the verdict, which is the exit status.")
@click.option("--no-submit", is_flag=True, help="Only run the farm.")
@click.option("--dirty", is_flag=True, help="Take uncommitted changes to tracked files along, as a patch.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; anybody there may read.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of 8808 or the next free one.")
@click.option("--libvirt-uri", default="", help="Such as qemu:///system; without it no daemon is needed.")
@click.pass_obj
def up(output: Output, once: bool, no_submit: bool, dirty: bool, host: str, port: int | None, libvirt_uri: str) -> int:
    """Run a whole farm here, boot HEAD of this checkout in it, and stay up until Ctrl-C.

    BOOTFARM_HOME says where its records are kept, BOOTFARM_UP_REPOSITORY which checkout to boot instead of this one.
    """
    from cli.up.options import UpOptions
    from cli.up.run import run_up

    if once and no_submit:
        raise click.UsageError("--once waits for a verdict, and --no-submit asks for none.")
    named = os.environ.get("BOOTFARM_UP_REPOSITORY")
    folder = Path(named) if named else Path.cwd()
    checkout = _checkout(output, folder, needed=once, named=bool(named)) if not no_submit else None
    if checkout is None and dirty:
        raise click.UsageError("--dirty goes with a checkout that is submitted.")
    return run_up(output, UpOptions(host, port, checkout, not no_submit, dirty, once, libvirt_uri))


def _checkout(output: Output, folder: Path, *, needed: bool, named: bool) -> Checkout | None:
    found = checkout_or_none(folder) if folder.is_dir() else None
    if found is None:
        sentence = f"{folder} is no git checkout with a commit, so there is nothing to boot."
        next_step = "Run this in a checkout, or set BOOTFARM_UP_REPOSITORY to one."
        if needed or named:
            raise CliError(sentence, next_step)
        output.say(f"{sentence} {next_step} The farm runs all the same.")
    return found
