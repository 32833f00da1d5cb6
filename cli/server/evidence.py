"""`bootfarm evidence`: retention of raw evidence, on the farm's host."""

from datetime import timedelta

import click

from cli.command import FarmGroup
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.text import count


@click.group(cls=FarmGroup)
def evidence() -> None:
    """Remove old raw evidence."""


@evidence.command("prune")
@click.option(
    "--older-than", type=click.IntRange(1, 36_500), required=True, metavar="DAYS", help="Since it was received."
)
@click.pass_obj
def prune(output: Output, older_than: int) -> int:
    """Put tombstones in the place of old bytes. Rows, appraisals and their chains stay; it can't be appraised again.

    The files that a worker read are removed, and what a machine printed between the markers of a block is written over
    on its console. What a younger boot, a build or a submission still needs stays, and so does what waits for its
    appraisal. Ends with 3 if a console could not be read or written; the next run tries it again.
    """
    import getpass

    from cli.server.farm_here import farm_here
    from farm import retention, schema

    with farm_here() as farm:
        schema.check(farm)
        gone = retention.prune_farm(farm, older_than=timedelta(days=older_than), by=getpass.getuser())
    if output.json:
        output.json_line({"removed": gone.files, "consoles": gone.consoles, "faults": list(gone.faults)})
    else:
        files, consoles = count(gone.files, "file"), count(gone.consoles, "console")
        output.line(f"Removed: {files} of evidence, and blocks on {consoles}; tombstones stand in their places.")
    for fault in gone.faults:
        output.say(fault)
    return ExitCode.INFRA if gone.faults else ExitCode.PASS
