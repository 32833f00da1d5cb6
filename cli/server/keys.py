"""`bootfarm keys`: the keys under the farm's signed results. They are files in the farm's home."""

from datetime import UTC, datetime

import click

from cli.command import FarmGroup
from cli.output import Output


@click.group(cls=FarmGroup)
def keys() -> None:
    """See and rotate the keys that sign results."""


@keys.command("list")
@click.pass_obj
def list_keys(output: Output) -> None:
    """All keys, the newest first, and what is wrong with their files."""
    from cli.server.farm_here import farm_here
    from cli.server.signing_keys import what_is_wrong

    with farm_here() as farm:
        found, wrong = farm.signer.files(), what_is_wrong(farm)
    made = [(one.kid, "in use" if one.in_use else "rotated", datetime.fromtimestamp(one.made_at, UTC)) for one in found]
    if output.json:
        for kid, state, at in made:
            output.json_line({"kid": kid, "state": state, "made_at": at.isoformat()})
    else:
        output.table(("key", "state", "made"), [(kid, state, f"{at:%Y-%m-%d %H:%M} UTC") for kid, state, at in made])
    if wrong:
        output.say(wrong)


@keys.command("rotate")
@click.pass_obj
def rotate(output: Output) -> None:
    """Make a new key that signs from now on. Results that there are can still be checked."""
    from cli.server.farm_here import farm_here

    with farm_here() as farm:
        kid = farm.signer.rotate()
    if output.json:
        output.json_line({"kid": kid})
    else:
        output.line(f"The farm signs with {kid} now.")
