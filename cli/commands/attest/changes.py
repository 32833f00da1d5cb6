"""`bootfarm attest changes` and `first-changed`: what changed, where and why."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import ChangeLine, ChangePage
from cli.commands.attest.question import answer, asks
from cli.output import Output

_KINDS = ("tier", "image", "firmware", "pcr", "enrolment")
_HEADERS = ("at", "machine", "what", "from", "to", "cause", "boots", "commits")
_FILTERS = ("machine", "tag", "repo", "tier", "pcr", "cause", "since", "until", "at")


def _row(one: ChangeLine) -> tuple[object, ...]:
    boots, commits = f"{one.boot_before} -> {one.boot_after}", f"{one.commit_before[:10]} -> {one.commit_after[:10]}"
    return (one.at, one.machine, one.what, one.before[:16], one.after[:16], one.cause, boots, commits)


@click.command("changes", cls=ClientCommand, prints=(ChangeLine,))
@click.option("--kind", multiple=True, type=click.Choice(_KINDS), help="Only these; repeat for OR.")
@click.option("--worse", is_flag=True, help="Only tiers that got worse.")
@click.option("--unacknowledged", is_flag=True, help="Only what nobody has acknowledged.")
@click.option("--news", is_flag=True, help="Leave out what a new image explains, but never a tier.")
@asks(*_FILTERS)
@click.pass_obj
def changes(output: Output, /, pcr: tuple[int, ...], **query: Any) -> None:
    """Changes, the newest first, each with its cause. --tier is what a tier changed to."""
    numbers = tuple(map(str, pcr))
    answer(output, "/changes", ChangePage, _HEADERS, _row, "Nothing changed that matches.", pcr=numbers, **query)


@click.command("first-changed", cls=ClientCommand, prints=(ChangeLine,))
@asks(*_FILTERS)
@click.pass_obj
def first_changed(output: Output, /, pcr: tuple[int, ...], **query: Any) -> None:
    """The boot, and so the commit, that first changed a tier or a PCR of each machine.

    Of the last 14 days, unless --since says otherwise. What a new image explains is left out, unless --cause image.
    """
    numbers = tuple(map(str, pcr))
    answer(output, "/changes/first", ChangePage, _HEADERS, _row, "Nothing changed that matches.", pcr=numbers, **query)
