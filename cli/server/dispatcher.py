"""`bootfarm dispatcher`: hands out work and keeps the farm whole. Several may run; one has the duty."""

import click

from cli.command import FarmCommand
from cli.errors import farm_errors
from cli.output import Output


@click.command(cls=FarmCommand)
@click.pass_obj
def dispatcher(output: Output) -> None:
    """Hand out work and keep the farm whole, until SIGTERM."""
    from cli.server.stopping import stop_event
    from farm import schema
    from farm.farm import Farm
    from farm.passes import run_dispatcher
    from farm.settings import Settings

    stop = stop_event()
    farm = Farm(Settings())
    with farm_errors():
        schema.check(farm)
        output.say("Dispatching.")
        run_dispatcher(farm, stop)
    farm.db.dispose()
