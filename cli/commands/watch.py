"""`bootfarm watch`: follow to the verdict; the exit status is the verdict."""

import time

import click

from cli.api_client import ApiClient, connect
from cli.checkout import checkout_or_none
from cli.client_command import ClientCommand
from cli.durations import Duration
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.repositories import repository_of
from cli.shapes import SHAPES, Boot, Build, Submission, Submissions
from cli.typed_ids import JobId, job_id
from cli.verdicts import watch_to_end

# A push calls a webhook, and somebody types `watch` right after: the submission may be a moment away.
_APPEARS_SECONDS = 60.0
_LOOK_SECONDS = 1.0


@click.command(cls=ClientCommand, prints=(Boot, Build, Submission))
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--logs", "-l", is_flag=True, help="Print what the machines say, as they say it.")
@click.option("--timeout", type=Duration(), metavar="TIME", help="Stop waiting after this, such as 5m, with status 8.")
@click.option("--fail-fast", is_flag=True, help="Stop watching at the first boot that failed; nothing is cancelled.")
@click.option("--bisect", is_flag=True, help="Exit status for `git bisect run`: only a boot that failed is bad.")
@click.pass_obj
def watch(output: Output, id_: str | None, logs: bool, timeout: float | None, fail_fast: bool, bisect: bool) -> int:
    """Follow until there is a verdict, which is the exit status. Without ID: your newest submission of HEAD.

    A bare number is a boot. Ctrl-C detaches and cancels nothing.
    """
    named = job_id(id_) if id_ else None
    output.expect(SHAPES[named.kind if named else "submission"])
    client = connect()
    watched = named or _newest_of_mine(output, client, timeout)
    output.say(f"{client.url}/{watched.kind}s/{watched}")
    return watch_to_end(output, client, watched, logs=logs, timeout=timeout, bisect=bisect, fail_fast=fail_fast)


def _newest_of_mine(output: Output, client: ApiClient, timeout: float | None) -> JobId:
    checkout = checkout_or_none()
    known = repository_of(client, checkout) if checkout else None
    commit = checkout.head if checkout and known else ""
    wait = _APPEARS_SECONDS if timeout is None else min(timeout, _APPEARS_SECONDS)
    deadline, told = time.monotonic() + wait, False
    while True:
        repository = known.name if known else ""
        page = client.get("/submissions", Submissions, mine=True, repository=repository, commit=commit, limit=1)
        if page.items:
            return job_id(page.items[0].id)
        if time.monotonic() >= deadline or not commit:
            what = f"submission of {commit[:10]}" if commit else "submission"
            raise CliError(f"You have no {what}.", "Make one with `bootfarm submit`.", ExitCode.NOT_FOUND)
        if not told:
            output.say(f"No submission of {commit[:10]} yet; waiting up to {wait:.0f} s for one.")
            told = True
        time.sleep(_LOOK_SECONDS)
