"""`bootfarm attest reappraise`: everything that is kept, judged once more."""

import math
import time

import click

from cli.api_client import ApiClient, connect
from cli.client_command import ClientCommand
from cli.commands.attest.shapes import Change, Changes, Reappraisal
from cli.durations import Duration
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.reasons import REASON
from cli.text import count

_LOOK_SECONDS = 1.0


@click.command(cls=ClientCommand, prints=(Change, Reappraisal))
@click.option("--policy", default="", metavar="NAME", help="For all boots; without it, the one that each plan names.")
@REASON
@click.option("--no-wait", is_flag=True, help="Return at once; the dispatcher goes on.")
@click.option("--timeout", type=Duration(), metavar="TIME", help="Stop waiting after this, such as 5m, with status 8.")
@click.pass_obj
def reappraise(output: Output, policy: str, reason: str, no_wait: bool, timeout: float | None) -> None:
    """Appraise all evidence that is kept again, and list what is judged differently. Old appraisals stay."""
    output.expect(Reappraisal if no_wait else Change)
    client = connect()
    begun = client.post("/reappraisals", Reappraisal, {"policy": policy, "why": reason})
    output.say(f"Re-appraisal {begun.id} has begun, up to boot-{begun.until_boot}; {_progress(begun)}.")
    if no_wait:
        if output.wants_objects:
            output.print_object(begun)
        return
    done = _wait(client, output, begun, time.monotonic() + timeout if timeout is not None else math.inf)
    found = _changes(client, done.id)
    if output.wants_objects:
        output.print_object(Changes(items=found))
        return
    rows = [(one.boot_after, one.machine, one.what, one.before, one.after, one.cause) for one in found]
    output.table(("boot", "machine", "what", "before", "after", "cause"), rows)
    output.say(f"Appraised again: {count(done.appraised, 'boot')}, {done.changed} of them with another tier.")


def _progress(begun: Reappraisal) -> str:
    return f"`bootfarm api GET /reappraisals/{begun.id}` says how far it is"


def _wait(client: ApiClient, output: Output, begun: Reappraisal, until: float) -> Reappraisal:
    seen = begun
    while seen.finished_at is None:
        if time.monotonic() >= until:
            raise CliError(f"Re-appraisal {begun.id} goes on; {_progress(begun)}.", code=ExitCode.STILL_RUNNING)
        time.sleep(max(0.0, min(_LOOK_SECONDS, until - time.monotonic())))
        before, seen = seen, client.get(f"/reappraisals/{begun.id}", Reappraisal)
        if seen.after_boot != before.after_boot:
            output.say(f"boot-{seen.after_boot} of boot-{seen.until_boot}: {seen.changed} with another tier so far")
    return seen


def _changes(client: ApiClient, number: int) -> list[Change]:
    found: list[Change] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"/reappraisals/{number}/changes", Changes, cursor=cursor, limit=500)
        found, cursor = found + page.items, page.next
    return found
