"""`bootfarm attest owed` and `write-off`: evidence that the verifier failed on, and who gave up on it."""

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.commands.attest.question import collect
from cli.commands.attest.shapes import Owed, OwedPage, WriteOff, WriteOffs
from cli.output import Output
from cli.reasons import REASON
from cli.typed_ids import job_id
from cli.whole_numbers import WholeNumber


@click.command("owed", cls=ClientCommand, prints=(Owed, WriteOff))
@click.option("--written-off", is_flag=True, help="What somebody gave up on instead.")
@click.option("-L", "--limit", type=WholeNumber(1), default=50, show_default=True, help="At most.")
@click.pass_obj
def owed(output: Output, written_off: bool, limit: int) -> None:
    """Evidence that the verifier failed on, the newest boots first. The dispatcher tries it again by itself."""
    output.expect(WriteOff if written_off else Owed)
    path, page = ("/write-offs", WriteOffs) if written_off else ("/owed-appraisals", OwedPage)
    found, more = collect(path, page, limit, {})
    if output.wants_objects:
        output.print_object(page(items=found, next=more))
        return
    if not found:
        output.say("Nothing was written off." if written_off else "No appraisal is owed.")
    elif written_off:
        given_up = [(one.boot, one.owed_since, one.tries, one.fault, one.at, one.by, one.why) for one in found]
        output.table(("boot", "owed since", "tries", "fault", "written off", "by", "because"), given_up)
    else:
        waiting = [(one.boot, one.since, one.tries, one.next_try, one.fault) for one in found]
        output.table(("boot", "since", "tries", "next try", "fault"), waiting)
    if more:
        output.say(f"These are {len(found)}; -L {limit * 2} shows more.")


@click.command("write-off", cls=ClientCommand, prints=(WriteOff,))
@click.argument("boot")
@REASON
@click.pass_obj
def write_off(output: Output, boot: str, reason: str) -> None:
    """Try a boot's owed appraisal no more. It stays a verifier error, and a later re-appraisal tries it again."""
    named = job_id(boot, allowed=("boot",))
    made = connect().post(f"{named.path}/write-off", WriteOff, {"why": reason})
    if output.wants_objects:
        output.print_object(made)
    else:
        output.line(f"What was owed {made.boot} since {made.owed_since:%Y-%m-%d %H:%M} UTC is written off.")
