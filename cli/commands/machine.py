"""`bootfarm machine`: see, add, and take out of service."""

import json

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.farm_shapes import Machine, Machines
from cli.output import Output


@click.group(cls=ClientGroup)
def machine() -> None:
    """See, add and serve machines."""


@machine.command("list", prints=(Machine,))
@click.pass_obj
def list_machines(output: Output) -> None:
    """All machines, with state, health and why."""
    found = connect().get("/machines", Machines)
    if output.wants_objects:
        output.print_object(found)
        return
    rows = [(one.name, one.state, one.health, one.pool, one.tags, one.firmware, one.reason) for one in found.items]
    output.table(("name", "state", "health", "pool", "tags", "firmware", "reason"), rows)


@machine.command("show", prints=(Machine,))
@click.argument("name")
@click.pass_obj
def show_machine(output: Output, name: str) -> None:
    """One machine."""
    _print(output, connect().get(f"/machines/{_segment(name)}", Machine))


@machine.command("add", prints=(Machine,))
@click.argument("name")
@click.option("--driver", default="libvirt", show_default=True)
@click.option("--lab", default="local", show_default=True)
@click.option("--pool", default="default", show_default=True)
@click.option("--tag", "tags", multiple=True, help="Repeatable.")
@click.option("--firmware", multiple=True, help="A firmware's name, the default one first; repeatable.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="One of the driver's own; repeatable.")
@click.pass_obj
def add_machine(
    output: Output,
    name: str,
    driver: str,
    lab: str,
    pool: str,
    tags: tuple[str, ...],
    firmware: tuple[str, ...],
    options: tuple[str, ...],
) -> None:
    """Put a machine in service."""
    body = {
        "name": name,
        "driver": driver,
        "lab": lab,
        "pool": pool,
        "tags": list(tags),
        "firmware": list(firmware),
        "options": dict(_option(text) for text in options),
    }
    _print(output, connect().post("/machines", Machine, body))


@machine.command("offline", prints=(Machine,))
@click.argument("name")
@click.option("--reason", required=True, help="Why, for everybody who wonders.")
@click.pass_obj
def offline(output: Output, name: str, reason: str) -> None:
    """Take a machine out of service; a boot that runs there ends first."""
    body = {"in_service": False, "reason": reason}
    _print(output, connect().post(f"/machines/{_segment(name)}/service", Machine, body))


@machine.command("online", prints=(Machine,))
@click.argument("name")
@click.pass_obj
def online(output: Output, name: str) -> None:
    """Put a machine back in service."""
    _print(output, connect().post(f"/machines/{_segment(name)}/service", Machine, {"in_service": True}))


def _print(output: Output, found: Machine) -> None:
    if output.wants_objects:
        output.print_object(found)
        return
    facts = ("name", "state", "health", "reason", "lab", "pool", "tags", "driver", "firmware")
    output.table(("what", "value"), [(fact, getattr(found, fact)) for fact in facts])


def _segment(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


def _option(text: str) -> tuple[str, object]:
    """`memory_mib=512` as a number, `name=x` as a string: JSON where it is JSON."""
    key, found, value = text.partition("=")
    if not key or not found:
        raise click.UsageError(f'--option takes KEY=VALUE, not "{text}".')
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value
