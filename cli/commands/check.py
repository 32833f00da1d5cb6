"""`bootfarm check`: what is wrong with a plan file, before anybody submits it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import Field, JsonValue

from cli.api_client import connect
from cli.client_command import ClientCommand
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.farm_shapes import Machines
from cli.output import Output
from cli.shapes import Shape
from cli.text import count

if TYPE_CHECKING:
    from farm.plans import Expansion, MachineFacts, PlanProblem, ReadPlan

PLAN_FILE = ".bootfarm.toml"


class Checked(Shape):
    """What is said of a plan file; `boots` when the farm was asked for its machines."""

    ok: bool
    problems: list[dict[str, JsonValue]]
    warnings: list[dict[str, JsonValue]] = Field(default=[])
    settings: list[dict[str, JsonValue]] = Field(default=[])
    boots: list[dict[str, JsonValue]] | None = None


@click.command(cls=ClientCommand, prints=(Checked,))
@click.argument("file", type=click.Path(path_type=Path), default=Path(PLAN_FILE))
@click.option("--effective", is_flag=True, help="Print every value that counts and where it comes from.")
@click.option("--online", is_flag=True, help="Also ask the farm for its machines, and print the boots.")
@click.option("--ref", default="", metavar="REF", help="As for a submission of this full ref, such as refs/heads/main.")
@click.pass_obj
def check(output: Output, file: Path, effective: bool, online: bool, ref: str) -> int:
    """Say what is wrong with a plan file; without FILE, with .bootfarm.toml. No farm is needed."""
    from farm.plans import PlanRefused, expand, read_plan

    expansion: Expansion | None = None
    try:
        read = read_plan(_text(file), file=str(file))
        plan = read.for_ref(ref or None)
        if online:
            expansion = expand(read, plan, _machines())
    except PlanRefused as refused:
        _show_problems(output, refused.problems)
        return ExitCode.USAGE
    if output.wants_objects:
        _show_json(output, read, ref, expansion)
        return ExitCode.PASS
    for warning in expansion.warnings if expansion else plan.warnings:
        click.echo(warning.render(), err=True)
    if effective:
        from farm.plans import effective as effective_plan

        rows = [(key, json.dumps(value), origin) for key, value, origin in effective_plan(read, plan)]
        output.table(("key", "value", "origin"), rows)
    if expansion:
        boots = [(one.machine or f"any of {one.selector}", one.firmware, one.image) for one in expansion.boots]
        output.table(("machine", "firmware", "image"), boots)
    output.say(f"{file} is good{': ' + count(len(expansion.boots), 'boot') if expansion else ''}.")
    return ExitCode.PASS


def _text(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        if file == Path(PLAN_FILE):
            return b""  # no plan is the default plan
        raise CliError(f"There is no {file}.") from error
    except OSError as error:
        raise CliError(f"{file} can't be read: {error.strerror}.") from error


def _machines() -> "list[MachineFacts]":
    from farm.plans import MachineFacts, best_tier

    return [
        MachineFacts(
            name=one.name,
            pool=one.pool,
            tags=frozenset(one.tags),
            firmware=tuple(one.firmware),
            available=one.state != "offline",
            unavailable_reason=one.reason,
            best_tier=best_tier(one.driver, one.options),
        )
        for one in connect().get("/machines", Machines).items
    ]


def _show_problems(output: Output, problems: "list[PlanProblem]") -> None:
    if output.wants_objects:
        output.print_object(Checked(ok=False, problems=[one.model_dump(mode="json") for one in problems]))
        return
    for one in problems:
        click.echo(one.render(), err=True)


def _show_json(output: Output, read: "ReadPlan", ref: str, expansion: "Expansion | None") -> None:
    from farm.plans import effective

    plan = read.for_ref(ref or None)
    warnings = expansion.warnings if expansion else plan.warnings
    found = {
        "ok": True,
        "problems": [],
        "warnings": [one.model_dump(mode="json") for one in warnings],
        "settings": [{"key": key, "value": value, "origin": origin} for key, value, origin in effective(read, plan)],
    }
    boots = {"boots": [vars(boot) for boot in expansion.boots]} if expansion else {}
    output.print_object(Checked.model_validate(found | boots))
