"""`bootfarm attest reappraise`: everything that is kept, judged once more."""

import time

import click

from cli.api_client import ApiClient, connect
from cli.client_command import ClientCommand
from cli.commands.attest.shapes import Change, Changes, Reappraisal
from cli.output import Output

_LOOK_SECONDS = 1.0


@click.command(cls=ClientCommand, prints=(Change,))
@click.option("--policy", default="", metavar="NAME", help="For all boots; without it, the one that each plan names.")
@click.option("--reason", required=True, help="What is new: a policy, a verifier, a decision.")
@click.option("--no-wait", is_flag=True, help="Return at once; the dispatcher goes on.")
@click.pass_obj
def reappraise(output: Output, policy: str, reason: str, no_wait: bool) -> None:
    """Appraise all evidence that is kept again, and list what is judged differently. Old appraisals stay."""
    client = connect()
    begun = client.post("/reappraisals", Reappraisal, {"policy": policy, "why": reason})
    output.say(f"Re-appraisal {begun.id} has begun, up to boot-{begun.until_boot}.")
    if no_wait:
        return
    done = _wait(client, output, begun)
    found = _changes(client, done.id)
    if output.wants_objects:
        output.print_object(Changes(items=found))
        return
    rows = [(one.boot_after, one.machine, one.what, one.before, one.after, one.cause) for one in found]
    output.table(("boot", "machine", "what", "before", "after", "cause"), rows)
    output.say(f"{done.appraised} boots were appraised again, {done.changed} of them with another tier.")


def _wait(client: ApiClient, output: Output, begun: Reappraisal) -> Reappraisal:
    seen = begun
    while seen.finished_at is None:
        time.sleep(_LOOK_SECONDS)
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
