"""`bootfarm attest show`: what the verifier made of one boot's evidence, check by check."""

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.commands.attest.shapes import Appraisal, Appraisals
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.text import cell, count
from cli.typed_ids import job_id


@click.command("show", cls=ClientCommand, prints=(Appraisal,))
@click.argument("boot")
@click.option("--all", "every", is_flag=True, help="With --json: all its appraisals, the newest first.")
@click.pass_obj
def show(output: Output, boot: str, every: bool) -> None:
    """The newest appraisal of BOOT: its tier, and each check with what was expected and what came.

    With --json also the facts that were proven and the signed result (EAR).
    """
    job = job_id(boot, allowed=("boot",))
    if every and not output.wants_objects:
        raise click.UsageError("--all is for --json and --format.")
    found = connect().get(f"{job.path}/appraisals", Appraisals)
    if not found.items:
        told = f"The evidence of {job} waits for the verifier." if found.owed else f"Nothing was appraised of {job}."
        raise CliError(told, f"`bootfarm show {job}` says what came of it.", ExitCode.NOT_FOUND)
    if output.wants_objects:
        output.print_object(found if every else found.items[0])
    else:
        _show(output, found)


def _show(output: Output, found: Appraisals) -> None:
    newest = found.items[0]
    rows = [(one.name, one.outcome, one.expected, one.actual, one.detail) for one in newest.steps]
    output.table(("check", "outcome", "expected", "actual", "why"), rows)
    failed = newest.outcome == "error"
    output.line(f"{'verifier error' if failed else newest.tier}: {newest.statement}")
    if failed:
        output.say(f"It ended so: {newest.facts.get('fault', 'nobody knows')}.")
    elif newest.reason:
        output.say(f"Held back by {newest.reason}.")
    output.say(f"Appraised {cell(newest.at)} by {newest.verifier} under policy {newest.policy_body_digest[:10]}.")
    for one in found.written_off[:1]:
        output.say(f"Written off by {one.by}: {one.why}")
    if found.owed:
        output.say("Another run is owed and will come by itself.")
    if earlier := len(found.items) - 1:
        output.say(f"{count(earlier, 'earlier appraisal')}: --all --json has all.")
