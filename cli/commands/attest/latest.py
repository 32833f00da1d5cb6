"""`bootfarm attest latest`: where each machine stands."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import Latest, LatestPage
from cli.commands.attest.question import TIERS, answer, asks
from cli.output import Output

_STATUSES = (*TIERS, "never attested", "silent", "verifier error")


@click.command("latest", cls=ClientCommand, prints=(Latest,))
@click.option("--tier", multiple=True, type=click.Choice(_STATUSES), help="Only these; repeat for OR.")
@click.option("--reason", multiple=True, metavar="STEP", help="That failed at this step; repeat for OR.")
@click.option("--firmware", multiple=True, metavar="NAME", help="With it at the last evidence; repeat for OR.")
@asks("machine", "tag", "at")
@click.pass_obj
def latest(output: Output, /, **query: Any) -> None:
    """The latest tier of each machine. Silence, and a fault of the verifier, are states of their own."""
    answer(
        output,
        "/attest/latest",
        LatestPage,
        ("machine", "status", "since", "boot", "commit", "reason"),
        lambda one: (one.machine, one.status, one.since, one.boot, one.commit[:10], one.reason),
        "No machine matches.",
        **query,
    )
