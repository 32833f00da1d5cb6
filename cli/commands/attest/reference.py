"""`bootfarm attest reference`: what the farm expects, and decisions about it."""

import re
from collections.abc import Sequence

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.commands.attest.question import collect
from cli.commands.attest.shapes import Reference, References
from cli.commands.attest.trust import distrust, trust, trusted
from cli.errors import CliError
from cli.output import Output
from cli.reasons import REASON
from cli.whole_numbers import WholeNumber

_NUMBER, _BOOT = re.compile("[0-9]+"), re.compile("boot-[0-9]+")


@click.group(cls=ClientGroup)
def reference() -> None:
    """See, approve, retire and deny reference values, one by one or by trusting where they come from."""


@reference.command("list", prints=(Reference,))
@click.option("--kind", type=click.Choice(("image", "module", "firmware")), default=None)
@click.option("--state", type=click.Choice(("pending", "approved", "retired", "denied")), default=None)
@click.option("--digest", default="", metavar="PREFIX", help="Only values that begin so.")
@click.option("-L", "--limit", type=WholeNumber(1), default=50, show_default=True, help="At most.")
@click.pass_obj
def list_references(output: Output, kind: str | None, state: str | None, digest: str, limit: int) -> None:
    """Reference values, the newest first."""
    query = {"kind": kind, "state": state, "digest": digest.lower()}
    found, more = collect("/references", References, limit, query)
    if output.wants_objects:
        output.print_object(References(items=found, next=more))
    elif found:
        _table(output, found)
        if more:
            output.say(f"These are {len(found)}; -L {limit * 2} shows more.")
    else:
        output.say("No reference value matches.")


@reference.command("show", prints=(Reference,))
@click.argument("number", type=WholeNumber(1))
@click.pass_obj
def show(output: Output, number: int) -> None:
    """One value: where it came from, what follows from it, and who decided what."""
    found = connect().get(f"/references/{number}", Reference)
    if output.wants_objects:
        output.print_object(found)
        return
    facts = ((name, getattr(found, name)) for name in Reference.model_fields if name != "decisions")
    output.table(("what", "value"), [(name, value) for name, value in facts if value not in (None, "")])
    output.table(("state", "at", "by", "why"), [(one.state, one.at, one.by, one.why) for one in found.decisions])


@reference.command("approve", prints=(Reference,))
@click.argument("what", metavar="NUMBER|BOOT")
@REASON
@click.pass_obj
def approve(output: Output, what: str, reason: str) -> None:
    """Approve one value, or with boot-N all that a good boot met: its image, its modules, its machine's firmware."""
    if _NUMBER.fullmatch(what):
        _decide(output, int(what), "approved", reason)
        return
    if not _BOOT.fullmatch(what):
        raise CliError(
            f'"{what[:60]}" is neither a reference value nor a boot.',
            "Write the number of a value, such as 12, or a boot's id, such as boot-12.",
        )
    found = connect().post(f"/boots/{what}/approve", References, {"why": reason})
    if output.wants_objects:
        output.print_object(found)
    else:
        _table(output, found.items)


@reference.command("retire", prints=(Reference,))
@click.argument("number", type=WholeNumber(1))
@REASON
@click.pass_obj
def retire(output: Output, number: int, reason: str) -> None:
    """Something better took its place, or a weakness was found: evidence with it is affirming no more."""
    _decide(output, number, "retired", reason)


@reference.command("deny", prints=(Reference,))
@click.argument("number", type=WholeNumber(1))
@REASON
@click.pass_obj
def deny(output: Output, number: int, reason: str) -> None:
    """It is bad: evidence with it is contraindicated from now on."""
    _decide(output, number, "denied", reason)


for command in (trust, distrust, trusted):
    reference.add_command(command)


def _decide(output: Output, number: int, state: str, reason: str) -> None:
    farm, path = connect(), f"/references/{number}"
    # Who decides in between is not overwritten: the farm refuses, and its sentence says what they decided.
    tag = farm.tag(path)
    found = farm.post(f"{path}/state", Reference, {"state": state, "why": reason}, if_match=tag)
    if output.wants_objects:
        output.print_object(found)
    else:
        _table(output, [found])


def _table(output: Output, found: Sequence[Reference]) -> None:
    rows = [(one.id, one.kind, one.digest, one.state, _of(one), one.decisions[-1].why) for one in found]
    output.table(("id", "kind", "digest", "state", "of", "why"), rows)


def _of(one: Reference) -> str:
    if one.kind == "firmware":
        return f"PCR {one.pcr} of {one.firmware} on {one.machine or 'every machine'}"
    return one.build or ""
