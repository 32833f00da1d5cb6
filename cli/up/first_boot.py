"""The first boot of an embedded farm: HEAD of the checkout, followed to its verdict in the terminal."""

import secrets
import threading
from collections.abc import Callable

from cli.api_client import ApiClient
from cli.checkout import Checkout
from cli.commands.submit import own_ref, patch_text
from cli.output import Output
from cli.shapes import Boot, Submission
from cli.text import seconds
from cli.typed_ids import job_id
from cli.verdicts import follow_to_verdict
from cli.watching import Reading


def first_boot(
    output: Output,
    client: ApiClient,
    checkout: Checkout,
    repository: str,
    *,
    dirty: bool,
    once: bool,
    stop: threading.Event,
    stamp: Callable[[], str],
) -> Reading | None:
    """Submit and follow; the last reading, which is not finished when `stop` came first.

    With `once` nobody is there to help what can't start, so that is an end as well.
    """
    patch = checkout.changes() if dirty else b""
    if checkout.is_dirty() and not dirty:
        output.say(
            "Uncommitted changes are not part of what is booted; `bootfarm up --dirty` takes those to tracked files."
        )
    body = {
        "repository": repository,
        "ref": own_ref(checkout),
        "patch": patch_text(patch),
        "note": "bootfarm up" + (", with uncommitted changes" if patch else ""),
    }
    made = client.post("/submissions", Submission, body, idempotency_key=secrets.token_hex(16))
    output.say(f"{stamp()}submitted {made.commit[:10]} {made.subject}: {client.url}{made.url}")
    return follow_to_verdict(
        output,
        client,
        job_id(made.id),
        logs=True,
        enough=lambda reading: once and reading.stuck,
        stopped=stop.is_set,
        stamp=stamp,
    )


def show_verdicts(output: Output, client: ApiClient, last: Reading) -> None:
    """One line for each boot: id, verdict, tier, seconds, page; and once each what its evidence proves."""
    if output.json:
        output.print_object(last.shown)
        return
    statements: dict[str, None] = {}
    for boot in last.boots:
        attested = client.get(f"/boots/{boot.id}", Boot).attested
        tier = f"{attested.tier if attested.outcome == 'done' else 'verifier error'}  " if attested else ""
        cause = f" ({boot.cause})" if boot.cause else ""
        took = seconds(boot.seconds) or "not run"
        output.line(f"{boot.id}  {boot.status}{cause}  {tier}{took}  {client.url}{boot.url}")
        if attested:
            statements[attested.statement] = None
    for statement in statements:
        output.line(statement)
    if last.stuck:
        output.say("Waiting would not help. Mend what is said above: the next `bootfarm up` tries its machines again.")
