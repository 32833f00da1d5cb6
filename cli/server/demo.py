"""`bootfarm demo`: a farm of made-up history, to try the questions on."""

import click

from cli.command import FarmGroup
from cli.output import Output


@click.group(cls=FarmGroup)
def demo() -> None:
    """Fill an empty farm with made-up history."""


@demo.command("seed")
@click.option("--machines", type=click.IntRange(7, 200), default=40, show_default=True)
@click.option("--commits", type=click.IntRange(20, 5000), default=1000, show_default=True)
@click.pass_obj
def seed(output: Output, machines: int, commits: int) -> None:
    """Write boots, appraisals and measurements that never were into this home, which must be empty.

    All of it is marked as made up, and such a farm takes no real machine, repository or boot.
    """
    from cli.server.farm_here import farm_here
    from farm import schema
    from farm.database import now
    from farm.demo.seed import seed as write
    from farm.demo.shape import Shape

    with farm_here() as farm:
        schema.upgrade(farm)
        output.say(f"Writing {machines * commits:,} made-up boots; about half a minute for 40,000.")
        write(farm, Shape(now(), machines, commits))
        home = farm.settings.home
    if output.json:
        output.json_line({"home": str(home), "boots": machines * commits, "made_up": True})
    else:
        output.line(f"{home} is a made-up farm with {machines * commits:,} boots. `bootfarm web` shows it.")
