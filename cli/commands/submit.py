"""`bootfarm submit`: build and boot a commit."""

import base64
import secrets
from typing import BinaryIO

import click

from cli import deadline
from cli.api_client import ApiClient, connect
from cli.checkout import Checkout
from cli.client_command import ClientCommand
from cli.durations import Duration
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.farm_shapes import Preview, Repository
from cli.output import Output
from cli.repositories import implied_repository
from cli.shapes import Submission
from cli.text import count
from cli.typed_ids import job_id
from cli.verdicts import watch_to_end

_UNKNOWN_REF = "git-no-such-ref"


@click.command(cls=ClientCommand, prints=(Submission, Preview))
@click.argument("ref", required=False)
@click.option("--machine", "-m", "machines", multiple=True, metavar="SELECTOR", help="Boot there instead; repeatable.")
@click.option("--firmware", "-f", multiple=True, metavar="NAME", help="With this firmware instead; repeatable.")
@click.option("--patch", type=click.File("rb"), metavar="FILE", help="Apply this patch to the commit; - is stdin.")
@click.option("--note", default="", help="A sentence for whoever looks at it.")
@click.option("--dry-run", is_flag=True, help="Print the boots that it would make, and make none.")
@click.option("--watch", "-w", is_flag=True, help="Follow until there is a verdict, which is the exit status.")
@click.option("--logs", "-l", is_flag=True, help="With --watch: print what the machines say.")
@click.option(
    "--timeout", type=Duration(), metavar="TIME", help="Stop waiting after this; a watch ends with status 8 then."
)
@click.option("--bisect", is_flag=True, help="Watch, with an exit status for `git bisect run`.")
@click.option("--fresh", is_flag=True, help="Build again even if this tree was built before.")
@click.option("--repo", default="", metavar="NAME", help="Another repository than this checkout's; name or URL.")
@click.option("--idempotency-key", default="", metavar="KEY", help="The same key again gets the first answer.")
@click.pass_obj
def submit(
    output: Output,
    ref: str | None,
    machines: tuple[str, ...],
    firmware: tuple[str, ...],
    patch: BinaryIO | None,
    note: str,
    dry_run: bool,
    watch: bool,
    logs: bool,
    timeout: float | None,
    bisect: bool,
    fresh: bool,
    repo: str,
    idempotency_key: str,
) -> int | None:
    """Build and boot a commit. In a git checkout, repository and HEAD are implied."""
    output.expect(Preview if dry_run else Submission)
    watched = watch or bisect or logs
    if not watched:
        deadline.begin(timeout)
    client = connect()
    repository, checkout = (None, None) if repo else implied_repository(client)
    body: dict[str, object] = {
        "repository": repository.name if repository else repo,
        "ref": ref or _implied_ref(repository, checkout),
        "patch": patch_text(_whole(patch)) if patch else "",
        "note": note,
        "machines": list(machines),
        "firmware": list(firmware),
        "fresh_build": fresh,
    }
    try:
        if dry_run:
            _show_preview(output, client.post("/submissions/preview", Preview, body))
            return None
        made = client.post("/submissions", Submission, body, idempotency_key=idempotency_key or secrets.token_hex(16))
    except CliError as error:
        if error.problem == _UNKNOWN_REF and checkout and ref is None:
            raise _not_pushed(checkout, error) from error
        raise
    if checkout and ref is None and made.commit != checkout.head:
        output.say(f"The farm has {made.commit[:10]} as {made.ref}; your HEAD is {checkout.head[:10]}.")
    if not watched:
        _show_made(output, client, made)
        return None
    output.say(f"{client.url}{made.url}")
    return watch_to_end(output, client, job_id(made.id), logs=logs, timeout=timeout, bisect=bisect)


def _whole(patch: BinaryIO) -> bytes:
    """What was given as a patch. An empty one would get a verdict about the plain commit, which nobody asked for."""
    text = patch.read()
    if not text.strip():
        raise CliError("The patch is empty.", "Leave --patch out to submit the commit as it is.", ExitCode.USAGE)
    return text


def patch_text(patch: bytes) -> str:
    """A patch as the API takes it: text where it is text."""
    try:
        text = patch.decode()
    except UnicodeDecodeError:
        text = ""
    if text and not text.startswith("base64:"):
        return text
    return "base64:" + base64.b64encode(patch).decode() if patch else ""


def _implied_ref(repository: Repository | None, checkout: Checkout | None) -> str:
    """HEAD. By its branch's name where that can't mean another commit, since plans may have rules for branches."""
    if repository is None or checkout is None:
        return "HEAD"
    return own_ref(checkout) if repository.url == str(checkout.folder) else checkout.head


def own_ref(checkout: Checkout) -> str:
    """The branch of a checkout that is itself the farm's repository, else its commit."""
    return f"refs/heads/{checkout.branch}" if checkout.branch else checkout.head


def _not_pushed(checkout: Checkout, error: CliError) -> CliError:
    base = checkout.pushed_base()
    way = f" or send it as a patch: `git diff --binary {base[:12]} HEAD | bootfarm submit {base[:12]} --patch -`"
    return CliError(
        f"The farm's repository does not have your HEAD ({checkout.head[:10]}).",
        f"Push it{',' + way if base else ''}.",
        error.exit_code,
        error.problem,
    )


def _show_made(output: Output, client: ApiClient, made: Submission) -> None:
    if output.wants_objects:
        output.print_object(made)
        return
    output.table(("id", "commit", "boots", "page"), [(made.id, made.commit, len(made.boots), client.url + made.url)])
    output.say(f"Follow it with `bootfarm watch {made.id}`.")


def _show_preview(output: Output, preview: Preview) -> None:
    if output.wants_objects:
        output.print_object(preview)
        return
    for warning in preview.warnings:
        output.say(f"warning: {warning}")
    output.say(f"{preview.commit[:10]} {preview.subject}: {count(len(preview.boots), 'boot')}, nothing submitted.")
    rows = [
        (boot.machine or f"any of {boot.selector}", boot.firmware or "default", boot.image or "first image")
        for boot in preview.boots
    ]
    output.table(("machine", "firmware", "image"), rows)
