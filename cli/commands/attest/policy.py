"""`bootfarm attest policy`: what an appraisal must reach."""

import difflib
from typing import IO
from urllib.parse import quote

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.commands.attest.shapes import DryRun, Policies, Policy, PolicyDiff, WouldChange
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.text import count
from cli.whole_numbers import WholeNumber

_FILE = click.argument("file", type=click.File(encoding="utf-8"))


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
    chosen = _version(_versions(name), version)
    if output.wants_objects:
        output.print_object(chosen)
    else:
        output.line(chosen.body.rstrip("\n"))


@policy.command("diff", prints=(PolicyDiff,))
@click.argument("name")
@click.option("--version", type=WholeNumber(1), default=None, help="Another one than that in force.")
@click.option("--against", type=WholeNumber(1), default=None, help="Another one than the one before it.")
@click.pass_obj
def diff(output: Output, name: str, version: int | None, against: int | None) -> None:
    """What differs between two versions of a policy, as a unified diff."""
    found = _versions(name)
    after = _version(found, version)
    if against is None and after.version == found[-1].version:
        raise CliError(f'Version {after.version} of the policy "{name}" is the first one.', "--against names another.")
    before = _version(found, against if against is not None else after.version - 1)
    names = (f"{name} version {before.version}", f"{name} version {after.version}")
    lines = difflib.unified_diff(before.body.splitlines(), after.body.splitlines(), *names, lineterm="", n=2)
    made = PolicyDiff(name=name, before=before.version, after=after.version, lines=list(lines))
    if output.wants_objects:
        output.print_object(made)
    elif made.lines:
        output.line("\n".join(made.lines))
    else:
        output.say("The same text.")


def _versions(name: str) -> list[Policy]:
    """All of a policy, the one in force first; there is one at least."""
    return connect().get(f"/policies/{quote(name, safe='')}", Policies).items


def _version(found: list[Policy], version: int | None) -> Policy:
    chosen = next((one for one in found if version in (None, one.version)), None)
    if chosen is None:
        newest = found[0]
        raise CliError(
            f'The policy "{newest.name}" has no version {version}; the newest is {newest.version}.',
            code=ExitCode.NOT_FOUND,
        )
    return chosen


@policy.command("add", prints=(Policy,))
@_FILE
@click.pass_obj
def add(output: Output, file: IO[str]) -> None:
    """Add a version of the policy that FILE names; `-` is stdin. It is in force from now on."""
    made = connect().post("/policies", Policy, {"body": _text(file)})
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
    body, client = _text(file), connect()
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
    output.say(f"Of {count(examined, 'boot')} {len(found)} would change or fall short{more}.")


def _text(file: IO[str]) -> str:
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise CliError(f"{file.name} is no policy: its bytes are not UTF-8.", "A policy is a TOML text.") from error
