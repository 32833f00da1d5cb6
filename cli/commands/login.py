"""`bootfarm login`: remember a farm and one's token there."""

import sys

import click

from cli.api_client import ApiClient
from cli.client_command import ClientCommand
from cli.credentials import Server, remember, server
from cli.errors import CliError
from cli.farm_shapes import Me
from cli.output import Output


@click.command(cls=ClientCommand, prints=(Me,))
@click.argument("url", required=False)
@click.option("--token", default="", metavar="-", help="Read the token from stdin instead of asking for it.")
@click.pass_obj
def login(output: Output, url: str | None, token: str) -> None:
    """Remember a farm (BOOTFARM_URL when none is named) and your token there, in a file that only you can read."""
    if token not in ("", "-"):
        raise click.UsageError("A token on the command line is seen by others; give it on stdin with `--token -`.")
    address = (url or server().url).rstrip("/")
    secret = (sys.stdin.readline() if token else _ask(address)).strip()
    if not secret:
        raise CliError("No token was given.", f"Make one on {address}/me/tokens, or with `bootfarm token create`.")
    at = Server(address, secret)
    me = ApiClient(at).get("/me", Me)
    file = remember(at)
    if output.wants_objects:
        output.print_object(me)
        return
    output.say(f"You are {me.name} at {address} ({', '.join(me.scopes)}); kept in {file}.")


def _ask(address: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on; give the token on stdin with `--token -`.")
    return str(click.prompt(f"Token for {address}", hide_input=True, err=True))
