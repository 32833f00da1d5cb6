"""`bootfarm attest enrolment`: the platform keys of machines."""

from urllib.parse import quote

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.commands.attest.shapes import Enrolment, Enrolments
from cli.output import Output
from cli.reasons import REASON


@click.group(cls=ClientGroup)
def enrolment() -> None:
    """See and end the platform keys of machines."""


@enrolment.command("list", prints=(Enrolment,))
@click.argument("machine")
@click.pass_obj
def list_enrolments(output: Output, machine: str) -> None:
    """All keys that a machine ever had, the newest first."""
    found = connect().get(f"/machines/{quote(machine, safe='')}/enrolments", Enrolments)
    if output.wants_objects:
        output.print_object(found)
        return
    if not found.items:
        output.say(f"{machine} never had a platform key.")
        return
    rows = [
        (one.id, one.kind, one.ak_name, one.host, one.enrolled_at, one.ended_at or "in use", one.why)
        for one in found.items
    ]
    output.table(("id", "kind", "key", "host", "since", "until", "why it ended"), rows)


@enrolment.command("end", prints=(Enrolment,))
@click.argument("machine")
@REASON
@click.pass_obj
def end(output: Output, machine: str, reason: str) -> None:
    """End a machine's key; the next one that its worker registers takes its place."""
    farm, path = connect(), f"/machines/{quote(machine, safe='')}/enrolments"
    found = farm.post(f"{path}/end", Enrolment, {"why": reason}, if_match=farm.tag(path))
    if output.wants_objects:
        output.print_object(found)
    else:
        output.line(f"The key {found.ak_name} of {machine} has ended.")
