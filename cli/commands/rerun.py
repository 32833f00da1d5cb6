"""`bootfarm rerun`: the same again, as new attempts."""

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.output import Output
from cli.shapes import Boot, Boots
from cli.typed_ids import job_id


@click.command(cls=ClientCommand, prints=(Boot,))
@click.argument("id_", metavar="ID")
@click.option("--failed", "only", flag_value="fail", help="Of a submission: only boots that failed.")
@click.option("--infra", "only", flag_value="infra", help="Of a submission: only boots that the farm lost.")
@click.option("--same-machine", is_flag=True, help="Wait for the very machine that it ran on.")
@click.pass_obj
def rerun(output: Output, id_: str, only: str | None, same_machine: bool) -> None:
    """Run a boot, or the boots of a submission, again: same commit, image, firmware and selector. Bare: a boot."""
    job, client = job_id(id_, allowed=("boot", "submission")), connect()
    wish: dict[str, object] = {"same_machine": True} if same_machine else {}
    if job.kind == "boot":
        if only:
            raise click.UsageError("--failed and --infra choose among the boots of a submission.")
        made = Boots(items=[client.post(f"{job.path}/rerun", Boot, wish)])
    else:
        made = client.post(f"{job.path}/rerun", Boots, wish | ({"only": only} if only else {}))
    if output.wants_objects:
        output.print_object(made)
        return
    same = "machine, image and firmware" if same_machine else "image, firmware and selector"
    output.say(f"The same {same}, as a new attempt.")
    rows = [(boot.id, boot.retry_of, boot.status, client.url + boot.url) for boot in made.items]
    output.table(("id", "again of", "verdict", "page"), rows)
