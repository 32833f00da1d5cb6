"""`bootfarm token`: tokens of one's own."""

import click

from cli.api_client import connect
from cli.client_command import ClientGroup
from cli.farm_shapes import NewToken, Token, Tokens
from cli.output import Output

_SCOPES = ("read", "submit", "operate", "attest-approve", "worker", "admin")


@click.group(cls=ClientGroup)
def token() -> None:
    """Make, see and revoke tokens."""


@token.command("create", prints=(NewToken,))
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(_SCOPES),
    default=("submit",),
    show_default=True,
    help="What it may do; repeatable.",
)
@click.option(
    "--days",
    type=click.FloatRange(0, 3650, min_open=True),
    default=90,
    show_default=True,
    help="Its life; the token that you use ends it too.",
)
@click.option("--lab", metavar="NAME", help="With --scope worker: only for workers of this lab.")
@click.pass_obj
def create_token(output: Output, name: str, scopes: tuple[str, ...], days: float, lab: str | None) -> None:
    """Make a token. Its secret is printed once, alone on stdout, and kept nowhere."""
    body = {"name": name, "scopes": list(scopes), "days": days, **({"lab": lab} if lab else {})}
    made = connect().post("/tokens", NewToken, body)
    if output.wants_objects:
        output.print_object(made)
        return
    lives = f'Token {made.token.id} "{made.token.name}", {_state(made.token)}'
    output.say(f"{lives}; this is the only time that its secret is shown:")
    output.line(made.secret)


@token.command("list", prints=(Token,))
@click.pass_obj
def list_tokens(output: Output) -> None:
    """Your tokens, without their secrets."""
    found = connect().get("/tokens", Tokens)
    if output.wants_objects:
        output.print_object(found)
        return
    rows = [(one.id, one.name, one.prefix, one.scopes, _state(one), one.last_used_at) for one in found.items]
    output.table(("id", "name", "prefix", "scopes", "state", "last used"), rows)


@token.command("revoke", prints=(Token,))
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@click.pass_obj
def revoke_token(output: Output, number: int) -> None:
    """End a token's life at once."""
    ended = connect().delete(f"/tokens/{number}", Token)
    if output.wants_objects:
        output.print_object(ended)
        return
    output.table(("id", "name", "state"), [(ended.id, ended.name, _state(ended))])


def _state(one: Token) -> str:
    if one.revoked_at:
        return f"revoked {one.revoked_at:%Y-%m-%d}"
    return f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "for ever"
