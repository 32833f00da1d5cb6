"""`bootfarm dispatcher`: hands out work and keeps the farm whole. Several may run; one has the duty."""

import click

from cli.command import FarmCommand
from cli.output import Output


@click.command(cls=FarmCommand)
@click.pass_obj
def dispatcher(output: Output) -> None:
    """Hand out work and keep the farm whole, until SIGTERM."""
    from cli.server.collector import spare_what_stays
    from cli.server.farm_here import farm_here
    from cli.server.logs import configure_logs
    from cli.server.signing_keys import warn_of_keys
    from cli.server.stopping import stop_event
    from farm import schema
    from farm.passes import run_dispatcher

    configure_logs()
    stop = stop_event()
    with farm_here() as farm:
        schema.check(farm)
        warn_of_keys(output, farm)
        output.say("Dispatching.")
        spare_what_stays()
        run_dispatcher(farm, stop)
