"""`bootfarm attest relied`: which boots relied on a reference value."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import Relied, ReliedPage
from cli.commands.attest.question import answer, asks
from cli.output import Output
from cli.whole_numbers import WholeNumber


@click.command("relied", cls=ClientCommand, prints=(Relied,))
@click.argument("reference", type=WholeNumber(min=1))
@asks()
@click.pass_obj
def relied(output: Output, /, reference: int, **query: Any) -> None:
    """Boots that relied on a reference value, by its number, such as one that is now retired."""
    answer(
        output,
        f"/references/{reference}/boots",
        ReliedPage,
        ("at", "boot", "machine", "tier", "repository", "commit", "run"),
        lambda one: (one.at, one.boot, one.machine, one.tier, one.repository, one.commit[:10], one.run),
        "No boot relied on it.",
        **query,
    )
