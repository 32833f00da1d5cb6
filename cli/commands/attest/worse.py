"""`bootfarm attest worse`: machines whose tier got worse."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import Worse, WorsePage
from cli.commands.attest.question import answer, asks
from cli.output import Output


@click.command("worse", cls=ClientCommand, prints=(Worse,))
@asks("machine", "tag", "since", "until", "at")
@click.pass_obj
def worse(output: Output, /, **query: Any) -> None:
    """Machines whose tier got worse in the last seven days, unless --since says otherwise, and where they stand now."""
    answer(
        output,
        "/attest/worse",
        WorsePage,
        ("machine", "at", "from", "to", "cause", "boots", "now", "times"),
        _row,
        "No machine got worse.",
        **query,
    )


def _row(one: Worse) -> tuple[object, ...]:
    boots = f"{one.boot_before} -> {one.boot_after}"
    return (one.machine, one.at, one.before, one.after, one.cause, boots, one.tier, one.times)
