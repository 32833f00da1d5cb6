"""`bootfarm attest history`: all appraisals, such as those of a machine between two times."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import AppraisalLine, AppraisalPage
from cli.commands.attest.question import answer, asks
from cli.output import Output


@click.command("history", cls=ClientCommand, prints=(AppraisalLine,))
@click.option(
    "--outcome", type=click.Choice(("done", "error")), default=None, help="error: the verifier itself failed."
)
@click.option("--reason", multiple=True, metavar="STEP", help="That failed at this step; repeat for OR.")
@click.option("--commit", default="", metavar="SHA", help="Of this commit; a prefix will do.")
@click.option("--firmware", multiple=True, metavar="NAME", help="Of machines with it then; repeat for OR.")
@click.option("--image", multiple=True, metavar="DIGEST", help="Of this image; six digits do; repeat for OR.")
@click.option(
    "--ak",
    multiple=True,
    metavar="NAME",
    help="Signed with this key, the application's or the machine's own; ten digits of its Name do; repeat for OR.",
)
@asks("machine", "tag", "repo", "tier", "since", "until", "at")
@click.pass_obj
def history(output: Output, /, **query: Any) -> None:
    """Appraisals, the newest first."""
    answer(
        output,
        "/attest/appraisals",
        AppraisalPage,
        ("at", "boot", "machine", "tier", "reason", "repository", "commit", "policy", "run"),
        _row,
        "No appraisal matches.",
        **query,
    )


def _row(one: AppraisalLine) -> tuple[object, ...]:
    tier = "verifier error" if one.outcome == "error" else one.tier
    return (one.at, one.boot, one.machine, tier, one.reason, one.repository, one.commit[:10], one.policy, one.run)
