"""`bootfarm attest policy`: what an appraisal must reach."""

from typing import IO

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.commands.attest.shapes import DryRun, Policies, Policy, WouldChange
from cli.output import Output
from cli.whole_numbers import WholeNumber

_FILE = click.argument("file", type=click.File())


@click.group(cls=ClientGroup)
def policy() -> None:
    """See, try and add policies."""


@policy.command("list", prints=(Policy,))
@click.pass_obj
def list_policies(output: Output) -> None:
    """The version in force of each policy."""
    found = connect().get("/policies", Policies)
    if output.wants_objects:
        output.print_object(found)
        return
    rows = [(one.name, one.version, one.created_at, one.created_by, one.used) for one in found.items]
    output.table(("name", "version", "since", "by", "used"), rows)


@policy.command("show", prints=(Policy,))
@click.argument("name")
@click.option("--version", type=WholeNumber(1), default=None, help="Another one than that in force.")
@click.pass_obj
def show(output: Output, name: str, version: int | None) -> None:
    """The text of a policy."""
    from urllib.parse import quote

    from cli.errors import CliError
    from cli.exit_codes import ExitCode

    found = connect().get(f"/policies/{quote(name, safe='')}", Policies).items
    chosen = next((one for one in found if version in (None, one.version)), None)
    if chosen is None:
        raise CliError(
            f'The policy "{name}" has no version {version}; the newest is {found[0].version}.', code=ExitCode.NOT_FOUND
        )
    if output.wants_objects:
        output.print_object(chosen)
    else:
        output.line(chosen.body.rstrip("\n"))


@policy.command("add", prints=(Policy,))
@_FILE
@click.pass_obj
def add(output: Output, file: IO[str]) -> None:
    """Add a version of the policy that FILE names; `-` is stdin. It is in force from now on."""
    made = connect().post("/policies", Policy, {"body": file.read()})
    if output.wants_objects:
        output.print_object(made)
    else:
        output.line(f"{made.name} version {made.version} is in force.")


@policy.command("dry-run", prints=(WouldChange,))
@_FILE
@click.option("--boots", type=WholeNumber(1, 100_000), default=1000, show_default=True, help="How many to look at.")
@click.pass_obj
def try_policy(output: Output, file: IO[str], boots: int) -> None:
    """List the boots whose tier FILE would change, the newest first; nothing is written."""
    body, client = file.read(), connect()
    examined, before = 0, None
    found: list[WouldChange] = []
    while examined < boots:
        asked = {"body": body, "before": before, "limit": min(200, boots - examined)}
        page = client.post("/policies/dry-run", DryRun, asked)
        examined, before = examined + page.examined, page.next
        found += page.items
        if before is None:
            break
    if output.wants_objects:
        output.print_object(DryRun(examined=examined, items=found, next=before))
        return
    rows = [(one.boot, one.machine, one.tier_before, one.tier_after, one.reason, one.short_of) for one in found]
    output.table(("boot", "machine", "tier now", "tier then", "at", "short of"), rows)
    more = "" if before is None else f"; older boots follow below boot-{before}"
    output.say(f"{len(found)} of {examined} boots would change or fall short{more}.")
