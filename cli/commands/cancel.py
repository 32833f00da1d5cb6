"""`bootfarm cancel`: end what is unfinished."""

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.output import Output
from cli.shapes import SHAPES, Boot, Build, Submission
from cli.typed_ids import job_id


@click.command(cls=ClientCommand, prints=(Boot, Build, Submission))
@click.argument("id_", metavar="ID")
@click.pass_obj
def cancel(output: Output, id_: str) -> None:
    """Cancel a boot, a build, or all that is unfinished of a submission. A bare number is a boot."""
    job = job_id(id_)
    output.expect(SHAPES[job.kind])
    found = connect().post(f"{job.path}/cancel", SHAPES[job.kind], {})
    if output.wants_objects:
        output.print_object(found)
        return
    output.table(("id", "verdict"), [(found.id, found.status)])
    if found.status == "running":
        output.say("It runs; its worker ends it at the next heartbeat, within seconds.")
