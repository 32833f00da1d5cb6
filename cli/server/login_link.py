"""`bootfarm login-link`: whoever may write the farm's home may log in as anybody."""

import getpass

import click

from cli.command import FarmCommand
from cli.output import Output


@click.command(cls=FarmCommand)
@click.argument("name", required=False)
@click.option("--scope", "scopes", multiple=True, default=("admin",), show_default=True, help="Of a person who is new.")
@click.pass_obj
def login_link(output: Output, name: str | None, scopes: tuple[str, ...]) -> None:
    """Print a link that logs a person in, once, within 15 minutes; without NAME, you."""
    from cli.server.farm_here import farm_here
    from farm import access

    with farm_here() as farm, farm.db.writing() as session:
        person = access.ensure_person(session, name or getpass.getuser(), access.parse_scopes(scopes))
        url = login_url(farm.settings.url, access.create_login_link(session, person))
    if output.json:
        output.json_line({"url": url, "minutes": access.LOGIN_LINK_MINUTES})
        return
    output.say(f"Good once, within {access.LOGIN_LINK_MINUTES} minutes:")
    output.line(url)


def login_url(url: str, code: str) -> str:
    """The page that spends a login code."""
    return f"{url.rstrip('/')}/login/{code}"
