"""`bootfarm attest reference trust`, `distrust` and `trusted`: approvals that stand until somebody ends them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.commands.attest.shapes import Standing, Standings
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.reasons import REASON

_PATH = "/standing-approvals"
_ABOUT = {"builds": "builds of {}, of any commit", "first-use": "firmware of machines of lab {}, as first seen"}
Command = TypeVar("Command", bound=Callable[..., Any])


def _subject(command: Command) -> Command:
    lab = click.option("--lab", metavar="NAME", help="The firmware of its virtual machines, as their first boot shows.")
    repo = click.option("--repo", metavar="NAME", help="What the farm builds of this repository, patched trees not.")
    return repo(lab(command))


@click.command("trust", cls=ClientCommand, prints=(Standing,))
@_subject
@REASON
@click.pass_obj
def trust(output: Output, repo: str | None, lab: str | None, reason: str) -> None:
    """Approve what a repository's builds make, or what a lab's machines first show, without being asked each time.

    Builds of a repository are those of every commit that it can resolve, not of a branch: whoever can push to it or
    open a pull request there can have an image approved.
    """
    _check(repo, lab)
    made = connect().post(_PATH, Standing, {"repository": repo or "", "lab": lab or "", "why": reason})
    if output.wants_objects:
        output.print_object(made)
    else:
        _table(output, [made])


@click.command("distrust", cls=ClientCommand, prints=(Standing,))
@_subject
@REASON
@click.pass_obj
def distrust(output: Output, repo: str | None, lab: str | None, reason: str) -> None:
    """End such an approval. What it approved stays approved until somebody retires it."""
    _check(repo, lab)
    kind, name = ("builds", repo) if repo else ("first-use", lab)
    client = connect()
    found = [one for one in client.get(_PATH, Standings).items if (one.kind, one.of) == (kind, name)]
    if not found:
        raise CliError(
            f"Nothing stands about {_ABOUT[kind].format(name)}.",
            next_step="`bootfarm attest reference trusted` lists what does.",
            code=ExitCode.NOT_FOUND,
        )
    ended = client.post(f"{_PATH}/{found[0].id}/end", Standing, {"why": reason})
    if output.wants_objects:
        output.print_object(ended)
    else:
        output.line(f"Standing approval {ended.id} of {_ABOUT[kind].format(name)} has ended.")


@click.command("trusted", cls=ClientCommand, prints=(Standing,))
@click.option("--ended", is_flag=True, help="Those that somebody ended instead, the last one first.")
@click.pass_obj
def trusted(output: Output, ended: bool) -> None:
    """Approvals that stand, the oldest first."""
    found = connect().get(_PATH, Standings, ended=ended)
    if output.wants_objects:
        output.print_object(found)
    elif not found.items:
        output.say("None has ended." if ended else "None stands: every value waits for somebody.")
    elif ended:
        told = [
            (one.id, _ABOUT[one.kind].format(one.of), one.at, one.ended_at, one.ended_by, one.ended_why)
            for one in found.items
        ]
        output.table(("id", "of", "since", "until", "ended by", "because"), told)
    else:
        _table(output, found.items)


def _check(repo: str | None, lab: str | None) -> None:
    if bool(repo) == bool(lab):
        raise click.UsageError("Name a repository by --repo or a lab by --lab, one of them.")


def _table(output: Output, rows: Sequence[Standing]) -> None:
    told = [(one.id, _ABOUT[one.kind].format(one.of), one.at, one.by, one.why) for one in rows]
    output.table(("id", "of", "since", "by", "why"), told)
