"""`bootfarm list`: boots, builds or submissions, the newest first."""

import click

from cli.api_client import ApiClient, connect
from cli.client_command import ClientCommand
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.farm_shapes import Refs
from cli.output import Output
from cli.repositories import implied_repository
from cli.shapes import SHAPES, Boot, Boots, Build, Builds, Page, Submission, Submissions
from cli.text import cell, seconds

_PAGE = 500  # the most that the API gives at once
_KINDS: dict[str, type[Boots] | type[Builds] | type[Submissions]] = {
    "boots": Boots,
    "builds": Builds,
    "submissions": Submissions,
}
_HEADERS = {
    "boots": ("id", "verdict", "tier", "repository", "commit", "machine", "firmware", "time", "created"),
    "builds": ("id", "verdict", "repository", "commit", "time", "created"),
    "submissions": ("id", "verdict", "repository", "commit", "ref", "by", "subject", "created"),
}


@click.command("list", cls=ClientCommand, prints=(Boot, Build, Submission))
@click.argument("kind", type=click.Choice(list(_KINDS)), default="boots")
@click.option("--mine", is_flag=True, help="Only what you submitted.")
@click.option("--repo", multiple=True, metavar="NAME", help="Of this repository; repeat for OR.")
@click.option("--branch", default="", help="Of the commit at the tip of this branch, as the farm last saw it.")
@click.option("--commit", default="", metavar="SHA", help="Of this commit; a prefix will do.")
@click.option("--machine", multiple=True, metavar="NAME", help="On this machine; repeat for OR.")
@click.option(
    "--verdict",
    multiple=True,
    type=click.Choice(["pass", "fail", "infra", "cancelled", "waiting", "running"]),
    help="Only these; repeat for OR.",
)
@click.option("--since", default="", metavar="TIME", help="Since then, such as 7d, 36h or 2026-11-23T06:00:00Z.")
@click.option("--limit", "-L", type=click.IntRange(min=1), default=50, show_default=True, help="At most this many.")
@click.pass_obj
def list_jobs(
    output: Output,
    kind: str,
    mine: bool,
    repo: tuple[str, ...],
    branch: str,
    commit: str,
    machine: tuple[str, ...],
    verdict: tuple[str, ...],
    since: str,
    limit: int,
) -> None:
    """List boots, builds or submissions, the newest first. Different filters are AND."""
    output.expect(SHAPES[kind.removesuffix("s")])
    client = connect()
    if branch:
        commit, repo = _tip(client, repo, branch)
    query = {"repository": list(repo), "machine": list(machine), "verdict": list(verdict)}
    found, more = _collect(client, kind, limit, mine=mine, commit=commit.lower(), since=since, **query)
    if output.wants_objects:
        output.print_object(_Listed(items=found, next=more))
        return
    output.table(_HEADERS[kind], [_row(one) for one in found])
    if more:
        output.say(f"These are the newest {len(found)}; -L {limit * 2} shows more.")


class _Listed(Page):
    items: list[Boot | Build | Submission]


def _collect(
    client: ApiClient, kind: str, limit: int, **query: object
) -> tuple[list[Boot | Build | Submission], str | None]:
    """Page by page until there are enough."""
    found: list[Boot | Build | Submission] = []
    cursor: str | None = None
    while len(found) < limit:
        page = client.get(f"/{kind}", _KINDS[kind], cursor=cursor, limit=min(_PAGE, limit - len(found)), **query)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found, cursor


def _tip(client: ApiClient, repo: tuple[str, ...], branch: str) -> tuple[str, tuple[str, ...]]:
    """The commit of a branch and the repository it is in, this checkout's when none is named."""
    if len(repo) > 1:
        raise click.UsageError("--branch needs one --repo.")
    name = repo[0] if repo else implied_repository(client)[0].name
    refs = client.get(f"/repositories/{name}/refs", Refs).items
    wanted = {branch, f"refs/heads/{branch}", f"refs/tags/{branch}"}
    tip = next((ref.commit for ref in refs if ref.name in wanted), None)
    if tip is None:
        raise CliError(f'The farm has seen no branch "{branch}" in {name}.', code=ExitCode.NOT_FOUND)
    return tip, (name,)


def _row(one: Boot | Build | Submission) -> tuple[object, ...]:
    if isinstance(one, Boot):
        what = (one.tier, one.repository, one.commit[:10], one.machine or one.selector, one.firmware)
        return (one.id, one.status, *what, seconds(one.seconds), one.created_at)
    head = (one.id, one.status, one.repository, one.commit[:10])
    if isinstance(one, Submission):
        return (*head, one.ref, one.by, cell(one.subject)[:60], one.created_at)
    return (*head, seconds(one.seconds), one.created_at)
