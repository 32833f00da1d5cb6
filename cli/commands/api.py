"""`bootfarm api`: everything else that the REST API has."""

import json
import secrets
import sys
from typing import Any

import click

from cli.api_client import API, IDEMPOTENCY_KEY, ApiClient, connect
from cli.client_command import ClientCommand
from cli.output import Output


@click.command(cls=ClientCommand)
@click.argument("method", type=click.Choice(["GET", "POST", "PUT", "PATCH", "DELETE"], case_sensitive=False))
@click.argument("path")
@click.option("--data", "-d", type=click.File("rb"), metavar="FILE", help="The JSON to send; - is stdin.")
@click.option("--paginate", is_flag=True, help="With GET of a list: all pages, one object per line.")
@click.pass_obj
def api(output: Output, method: str, path: str, data: Any, paginate: bool) -> None:
    """Call the REST API. PATH is below /api/v1 and may have a query, such as `/boots?verdict=fail`."""
    if "://" in path:
        raise click.UsageError("PATH is a path below /api/v1; BOOTFARM_URL names the farm.")
    if paginate and method != "GET":
        raise click.UsageError("--paginate goes with GET.")
    path = "/" + path.removeprefix(API).lstrip("/")
    client = connect()
    if paginate:
        _print_pages(output, client, path)
        return
    body = data.read() if data else b"{}" if method in ("POST", "PUT", "PATCH") else None
    headers = {IDEMPOTENCY_KEY: secrets.token_hex(16)} if _takes_a_key(method, path) else None
    answer = client.request(method, path, body=body, headers=headers, stream=True)
    for piece in answer.stream(1 << 16):
        sys.stdout.buffer.write(piece)
    if sys.stdout.isatty():
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _takes_a_key(method: str, path: str) -> bool:
    """Whether the farm heeds a key there; a call with one is repeated when its answer was lost."""
    return method == "POST" and path.partition("?")[0] == "/submissions"


def _print_pages(output: Output, client: ApiClient, path: str) -> None:
    cursor: str | None = ""
    joint = "&" if "?" in path else "?"
    while cursor is not None:
        page = json.loads(client.request("GET", f"{path}{joint}cursor={cursor}" if cursor else path).data)
        for item in page.get("items", []):
            output.json_line(item)
        cursor = page.get("next")
