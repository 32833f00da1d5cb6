"""What the commands that ask the history share: filters, paging, and the forms in which an answer is printed."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import click

from cli.api_client import connect
from cli.output import Output
from cli.shapes import Page, Shape
from cli.whole_numbers import WholeNumber

_MOST = 500  # rows that the API gives at once
Command = TypeVar("Command", bound=Callable[..., Any])
Row = Callable[[Any], Sequence[object]]


class Paged(Protocol):
    """A page with its rows."""

    items: list[Any]
    next: str | None


TIERS = ("affirming", "warning", "contraindicated", "none")
CAUSES = ("image", "firmware", "enrolment", "policy", "reference value", "verifier", "unexplained")
_TIME = "2026-11-23T06:00:00Z, the day 2026-11-23 (its midnight in UTC), or 7d or 36h ago"
_OPTIONS = {
    "machine": click.option("--machine", multiple=True, metavar="NAME", help="On this machine; repeat for OR."),
    "tag": click.option("--tag", multiple=True, help="On machines with this tag; repeat for OR."),
    "repo": click.option("--repo", multiple=True, metavar="NAME", help="Of this repository; repeat for OR."),
    "since": click.option("--since", default="", metavar="TIME", help=f"From then on: {_TIME}."),
    "until": click.option("--until", default="", metavar="TIME", help="Before then, written likewise."),
    "at": click.option("--at", default="", metavar="TIME", help=f"What was known then: {_TIME}."),
    "tier": click.option("--tier", multiple=True, type=click.Choice(TIERS), help="Only these; repeat for OR."),
    "cause": click.option("--cause", multiple=True, type=click.Choice(CAUSES), help="Only these; repeat for OR."),
    "pcr": click.option("--pcr", multiple=True, type=WholeNumber(0, 23), help="Only these; repeat for OR."),
}


def asks(*names: str) -> Callable[[Command], Command]:
    """The options of these names, and how much is printed in which form."""

    def add(command: Command) -> Command:
        command = click.option("--csv", "as_csv", is_flag=True, help="Print CSV, all rows.")(command)
        limit = WholeNumber(min=1)
        command = click.option("--limit", "-L", type=limit, default=50, show_default=True, help="At most.")(command)
        for name in reversed(names):
            command = _OPTIONS[name](command)
        return command

    return add


def answer(
    output: Output,
    path: str,
    page: type[Page],
    headers: Sequence[str],
    row: Row,
    empty: str,
    *,
    as_csv: bool,
    limit: int,
    folded: Callable[[list[Any]], Sequence[Any]] = list,
    **query: Any,
) -> None:
    """Ask, and print as JSON, by a template, as CSV, or as a table; `empty` is the sentence for no rows.

    `folded` makes of the items what `row` makes rows of the table of: fewer, where some say the same.

    Raises:
        click.UsageError: CSV and another form at once.
    """
    asked = {name: list(value) if isinstance(value, tuple) else value for name, value in query.items()}
    if "repo" in asked:
        asked["repository"] = asked.pop("repo")
    if as_csv:
        if output.wants_objects:
            raise click.UsageError("--csv is a form of its own; leave --json and --format out.")
        # As the farm wrote it: with a leading quote on what a spreadsheet would run as a formula.
        reply = connect().request("GET", path, query={**asked, "format": "csv"}, headers={"Accept": "text/csv"})
        click.echo(reply.data.decode(), nl=False)
        return
    found, more = collect(path, page, limit, asked)
    if output.wants_objects:
        output.print_object(_Listed(items=found, next=more))
    elif found:
        output.table(headers, [row(one) for one in folded(found)])
        if more:
            output.say(f"These are {len(found)}; -L {limit * 2} shows more.")
    else:
        output.say(empty)


class _Listed(Page):
    items: list[Any]


def collect(path: str, page: type[Page], limit: int, query: dict[str, Any]) -> tuple[list[Any], str | None]:
    """The first rows of a list, from as many pages as it takes; and where more begin, None at the end."""
    client, cursor = connect(), None
    found: list[Shape] = []
    while len(found) < limit:
        part: Any = client.get(path, page, cursor=cursor, limit=min(_MOST, limit - len(found)), **query)
        found += part.items
        cursor = part.next
        if cursor is None:
            break
    return found, cursor
