"""`bootfarm attest compare`: two boots side by side."""

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import Comparison
from cli.output import Output
from cli.typed_ids import job_id

_LONG = 40  # characters of a value in the table


@click.command("compare", cls=ClientCommand, prints=(Comparison,))
@click.argument("a")
@click.argument("b")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a report.")
@click.pass_obj
def compare(output: Output, a: str, b: str, markdown: bool) -> None:
    """What differs between two boots, with the first differing event in words; bare numbers are boots."""
    one, other = (str(job_id(text, allowed=("boot",))) for text in (a, b))
    if markdown and output.wants_objects:
        raise click.UsageError("--markdown is a form of its own; leave --json and --format out.")
    found = connect().get("/compare", Comparison, a=one, b=other)
    if output.wants_objects:
        output.print_object(found)
        return
    rows = _rows(found)
    if markdown:
        output.line(f"**{one} and {other}**: {found.sentence}\n\n| what | {one} | {other} |\n|---|---|---|")
        for row in rows:
            output.line(f"| {' | '.join(_markdown(cell) for cell in row)} |")
    else:
        output.line(found.sentence)
        output.table(("what", one, other), rows)
    for sentence in (*(f"PCR{one.pcr} {one.source}: {one.why}." for one in found.pcrs), *_notes(found)):
        output.line(f"- {sentence}" if markdown else sentence)


def _rows(found: Comparison) -> list[tuple[str, str, str]]:
    rows = [(one.what, one.a[:_LONG], one.b[:_LONG]) for one in found.differs]
    rows += [(f"PCR{one.pcr} {one.source}", one.a[:16], one.b[:16]) for one in found.pcrs]
    if found.console:
        console = found.console
        rows.append(
            (
                "console",
                f"{console.line_a}: {console.a if console.a is not None else 'ended'}",
                f"{console.line_b}: {console.b if console.b is not None else 'ended'}",
            )
        )
    times = [{step.name: f"{step.seconds:.1f} s" for step in side.steps} for side in (found.a, found.b)]
    for name in dict.fromkeys([*times[0], *times[1]]):
        rows.append((f"step {name}", times[0].get(name, "not run"), times[1].get(name, "not run")))
    return rows


def _notes(found: Comparison) -> list[str]:
    notes = [f"Commits: {found.commits.sentence}"] if found.a.commit != found.b.commit else []
    notes += [f"  {one.sha[:10]} {one.subject}" for one in found.commits.commits]
    notes += [f"Same: {', '.join(found.same)}."] if found.same else []
    return notes + [f"{sentence}." for sentence in found.lacking]


def _markdown(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "\\`")
