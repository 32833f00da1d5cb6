"""`bootfarm repo`: the repositories that the farm knows."""

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.farm_shapes import Repositories, Repository
from cli.output import Output


@click.group(cls=ClientGroup)
def repo() -> None:
    """See, add and remove repositories."""


@repo.command("list", prints=(Repository,))
@click.pass_obj
def list_repositories(output: Output) -> None:
    """All repositories."""
    found = connect().get("/repositories", Repositories)
    if output.wants_objects:
        output.print_object(found)
        return
    output.table(("name", "url"), [(one.name, one.url) for one in found.items])


@repo.command("add", prints=(Repository,))
@click.argument("url")
@click.option("--name", default="", help="Instead of the last part of the URL.")
@click.pass_obj
def add_repository(output: Output, url: str, name: str) -> None:
    """Make a git repository known to the farm."""
    made = connect().post("/repositories", Repository, {"url": url, "name": name})
    if output.wants_objects:
        output.print_object(made)
        return
    output.table(("name", "url"), [(made.name, made.url)])


@repo.command("remove", prints=(Repository,))
@click.argument("name")
@click.pass_obj
def remove_repository(output: Output, name: str) -> None:
    """Forget a repository that nothing was ever submitted of."""
    gone = connect().delete(f"/repositories/{name}", Repository)
    if output.wants_objects:
        output.print_object(gone)
        return
    output.say(f"{gone.name} is forgotten.")
