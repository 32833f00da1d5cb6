"""`bootfarm attest measurements`: when each value of a PCR was first and last seen."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import Measurement, MeasurementPage
from cli.commands.attest.question import answer, asks
from cli.output import Output
from cli.whole_numbers import WholeNumber


@click.command("measurements", cls=ClientCommand, prints=(Measurement,))
@click.option("--pcr", type=WholeNumber(0, 23), default=None, help="Only this one.")
@click.option("--source", type=click.Choice(("quote", "platform", "host")), default=None, help="Who says so.")
@click.option("--value", default="", metavar="HEX", help="Only this value; a prefix will do.")
@asks("machine", "tag", "since", "until")
@click.pass_obj
def measurements(output: Output, /, pcr: int | None, **query: Any) -> None:
    """Values of PCRs by machine, in the order in which they were first seen."""
    answer(
        output,
        "/measurements",
        MeasurementPage,
        ("machine", "pcr", "source", "value", "first", "first boot", "last", "last boot", "boots"),
        lambda one: (
            one.machine,
            one.pcr,
            one.source,
            one.value,
            one.first_at,
            one.first_boot,
            one.last_at,
            one.last_boot,
            one.boots,
        ),
        "No value matches.",
        pcr=None if pcr is None else str(pcr),
        **query,
    )
