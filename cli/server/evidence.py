"""`bootfarm evidence`: retention of raw evidence, on the farm's host."""

from datetime import timedelta

import click

from cli.command import FarmGroup
from cli.output import Output


@click.group(cls=FarmGroup)
def evidence() -> None:
    """Remove old raw evidence."""


@evidence.command("prune")
@click.option(
    "--older-than", type=click.IntRange(1, 36_500), required=True, metavar="DAYS", help="Since it was received."
)
@click.pass_obj
def prune(output: Output, older_than: int) -> None:
    """Put tombstones in the place of old bytes. Rows, appraisals and their chains stay; it can't be appraised again.

    What a younger boot, a build or a submission still needs stays, and so does what waits for its appraisal.
    """
    import getpass

    from cli.server.farm_here import farm_here
    from farm import retention, schema

    with farm_here() as farm:
        schema.check(farm)
        gone = retention.prune_farm(farm, older_than=timedelta(days=older_than), by=getpass.getuser())
    if output.json:
        output.json_line({"removed": gone})
    else:
        output.line(f"{gone} files of evidence were removed; a tombstone says so in the place of each.")
