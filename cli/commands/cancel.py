"""`bootfarm cancel`: end what is unfinished."""

import click

from cli.api_client import connect
from cli.command import FarmCommand
from cli.output import Output
from cli.shapes import Shape
from cli.typed_ids import job_id


class Cancelled(Shape):
    """What the farm says of a thing that was cancelled."""

    id: str
    status: str


@click.command(cls=FarmCommand)
@click.argument("id_", metavar="ID")
@click.pass_obj
def cancel(output: Output, id_: str) -> None:
    """Cancel a boot, a build, or all that is unfinished of a submission. A bare number is a boot."""
    found = connect().post(f"{job_id(id_).path}/cancel", Cancelled, {})
    if output.json:
        output.print_object(found)
        return
    output.table(("id", "verdict"), [(found.id, found.status)])
    if found.status == "running":
        output.say("It runs; its worker ends it at the next heartbeat, within seconds.")
