"""`bootfarm show`: one boot, build or submission, or its page."""

import sys

import click

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.output import Output
from cli.shapes import SHAPES, Attested, Boot, Build, Job, Submission
from cli.text import seconds
from cli.typed_ids import job_id

Fact = tuple[str, object]


@click.command(cls=ClientCommand, prints=(Boot, Build, Submission))
@click.argument("id_", metavar="ID")
@click.option("--web", is_flag=True, help="Print the page's address, and open it where there is a browser.")
@click.pass_obj
def show(output: Output, id_: str, web: bool) -> None:
    """Show one boot, build or submission. A bare number is a boot."""
    job, client = job_id(id_), connect()
    output.expect(SHAPES[job.kind])
    found = client.get(job.path, SHAPES[job.kind])
    if web:
        output.line(client.url + found.url)
        if sys.stdout.isatty():
            click.launch(client.url + found.url)
        return
    if output.wants_objects:
        output.print_object(found)
        return
    facts = _of_submission(found) if isinstance(found, Submission) else _of_job(found)
    output.table(("what", "value"), [*_head(found), *facts, ("page", client.url + found.url)])


def _head(found: Job | Submission) -> list[Fact]:
    return [
        ("id", found.id),
        ("verdict", found.status),
        ("repository", found.repository),
        ("commit", found.commit),
        ("created", found.created_at),
    ]


def _of_submission(found: Submission) -> list[Fact]:
    facts: list[Fact] = [("ref", found.ref), ("subject", found.subject), ("by", found.by), ("note", found.note)]
    facts += [("warning", warning) for warning in found.warnings]
    return facts + [(job.id, f"{job.status} {seconds(job.seconds)}") for job in (*found.builds, *found.boots)]


def _of_evidence(found: Attested) -> list[Fact]:
    tier = found.tier if found.outcome == "done" else "verifier error"
    facts: list[Fact] = [("tier", tier), ("held back by", found.reason), ("statement", found.statement)]
    return [*facts, ("written off", found.written_off)]


def _of_job(found: Boot | Build) -> list[Fact]:
    facts: list[Fact] = [("cause", found.cause), ("detail", found.detail or found.cause_help)]
    facts += [("time", seconds(found.seconds)), ("attempt", found.attempt)]
    if isinstance(found, Boot):
        facts += [("submission", found.submission), ("build", found.build), ("machine", found.machine)]
        facts += [("firmware", found.firmware), ("waits", found.waiting_reason), ("last good", found.last_good)]
        facts += _of_evidence(found.attested) if found.attested else []
    else:
        facts += [(one.name, f"{one.size} bytes, sha256 {one.digest}") for one in found.artifacts]
    for step in found.steps:
        took = seconds((step.finished_at - step.started_at).total_seconds()) if step.finished_at else "now"
        facts.append((f"step {step.name}", f"{step.state} {took} {step.detail}"))
    if isinstance(found, Boot):
        facts += [(f"case {case.name}", f"met, line {case.line}" if case.met else "not met") for case in found.cases]
        facts += [(f"timing {one.name}", f"{one.microseconds} us") for one in found.timings]
        facts += [(f"evidence {one.name}", f"{one.size} bytes, {one.source}, {one.url}") for one in found.evidence]
    return [(name, value) for name, value in facts if value not in (None, "")]
