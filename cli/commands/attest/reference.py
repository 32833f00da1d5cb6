"""`bootfarm attest reference`: what the farm expects, and decisions about it."""

from collections.abc import Sequence

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.commands.attest.shapes import Reference, References
from cli.commands.attest.trust import REASON, distrust, trust, trusted
from cli.output import Output
from cli.whole_numbers import WholeNumber


@click.group(cls=ClientGroup)
def reference() -> None:
    """See, approve, retire and deny reference values, one by one or by trusting where they come from."""


@reference.command("list", prints=(Reference,))
@click.option("--kind", type=click.Choice(("image", "module", "firmware")), default=None)
@click.option("--state", type=click.Choice(("pending", "approved", "retired", "denied")), default=None)
@click.option("--digest", default="", metavar="PREFIX", help="Only values that begin so.")
@click.option("-L", "--limit", type=WholeNumber(1, 500), default=50, show_default=True)
@click.pass_obj
def list_references(output: Output, kind: str | None, state: str | None, digest: str, limit: int) -> None:
    """Reference values, the newest first."""
    query = {"kind": kind or "", "state": state or "", "digest": digest, "limit": limit}
    found = connect().get("/references", References, **query)
    if output.wants_objects:
        output.print_object(found)
        return
    _table(output, found.items)
    if found.next:
        output.say(f"There are more; --limit shows up to 500, and --digest narrows. The next is below {found.next}.")


@reference.command("show", prints=(Reference,))
@click.argument("number", type=int)
@click.pass_obj
def show(output: Output, number: int) -> None:
    """One value: where it came from, what follows from it, and who decided what."""
    found = connect().get(f"/references/{number}", Reference)
    if output.wants_objects:
        output.print_object(found)
        return
    facts = (
        "id",
        "kind",
        "digest",
        "state",
        "firmware",
        "pcr",
        "machine",
        "build",
        "boot",
        "artifact",
        "pcr4",
        "pcr10",
    )
    output.table(("what", "value"), [(fact, getattr(found, fact)) for fact in facts if getattr(found, fact)])
    output.table(("state", "at", "by", "why"), [(one.state, one.at, one.by, one.why) for one in found.decisions])


@reference.command("approve", prints=(Reference,))
@click.argument("what", metavar="NUMBER|BOOT")
@REASON
@click.pass_obj
def approve(output: Output, what: str, reason: str) -> None:
    """Approve one value, or with boot-N all that a good boot met: its image, its modules, its machine's firmware."""
    if what.isdigit():
        _decide(output, int(what), "approved", reason)
        return
    found = connect().post(f"/boots/{what}/approve", References, {"why": reason})
    if output.wants_objects:
        output.print_object(found)
    else:
        _table(output, found.items)


@reference.command("retire", prints=(Reference,))
@click.argument("number", type=int)
@REASON
@click.pass_obj
def retire(output: Output, number: int, reason: str) -> None:
    """Something better took its place, or a weakness was found: evidence with it is affirming no more."""
    _decide(output, number, "retired", reason)


@reference.command("deny", prints=(Reference,))
@click.argument("number", type=int)
@REASON
@click.pass_obj
def deny(output: Output, number: int, reason: str) -> None:
    """It is bad: evidence with it is contraindicated from now on."""
    _decide(output, number, "denied", reason)


for command in (trust, distrust, trusted):
    reference.add_command(command)


def _decide(output: Output, number: int, state: str, reason: str) -> None:
    found = connect().post(f"/references/{number}/state", Reference, {"state": state, "why": reason})
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
