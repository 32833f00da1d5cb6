"""What commands share that talk to a farm: which fields to print and how, and how long it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import deadline
from cli.command import FarmCommand, FarmGroup
from cli.durations import Duration
from cli.fields import Template, check_known, fields_of
from cli.output import Output

if TYPE_CHECKING:
    from cli.shapes import Shape

_ALL = "*"


class ClientCommand(FarmCommand):
    """A command against a farm. `prints` are the shapes of what it prints, whose fields may be chosen."""

    def __init__(self, *args: Any, prints: tuple[type[Shape], ...] = (), **kwargs: Any) -> None:
        """As `FarmCommand`, with `--format` and, where the command has no wait of its own, `--timeout`."""
        super().__init__(*args, **kwargs)
        self.prints = prints
        if prints:
            self._take_fields()
        if all(option.name != "timeout" for option in self.params):
            text = "Give up after this, such as 30s, with status 9."
            self.params.append(click.Option(["--timeout", "call_timeout"], type=Duration(), metavar="TIME", help=text))

    def _take_fields(self) -> None:
        self.params = [option for option in self.params if option.name != "as_json"]
        self.params += [
            click.Option(
                ["--json", "as_json"],
                metavar="[=FIELDS]",
                is_eager=True,  # so that `--json=` needs no arguments
                callback=_chosen,
                help="Print JSON; of these fields only. A bare `--json=` lists the fields.",
            ),
            click.Option(
                ["--format", "template"],
                metavar="TEMPLATE",
                help="Print a line such as '{id} {verdict}'; with the fields of --json. {{ is a brace.",
            ),
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A `--json` without fields never takes the next word for them."""
        end = args.index("--") if "--" in args else len(args)
        if self.prints:
            args = [f"--json={_ALL}" if word == "--json" else word for word in args[:end]] + args[end:]
        return super().parse_args(ctx, args)

    def output(self, ctx: click.Context) -> Output:
        """As asked for.

        Raises:
            click.UsageError: a field that nothing here has, or JSON and a template at once.
        """
        deadline.begin(ctx.params.pop("call_timeout", None))
        if not self.prints:
            return super().output(ctx)
        fields: tuple[str, ...] | None = ctx.params.pop("as_json")
        text: str | None = ctx.params.pop("template")
        if fields is not None and text is not None:
            raise click.UsageError("--json and --format are two ways to print the same; choose one.")
        template = Template(text) if text is not None else None
        check_known(template.names if template else fields or (), self.prints)
        ctx.params["as_json"] = fields is not None
        return super().output(ctx).choosing(fields or (), template)


def _chosen(ctx: click.Context, _: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """The fields after `--json=`, () for all; None without `--json`."""
    if text == "" and isinstance(ctx.command, ClientCommand):
        known = fields_of(ctx.command.prints)
        several = len(ctx.command.prints) > 1
        rows = [(name, shapes) if several else (name,) for name, shapes in known.items()]
        Output().table(("field", "of") if several else ("field",), rows)
        ctx.exit()
    return None if text is None else () if text == _ALL else tuple(name.strip() for name in text.split(","))


class ClientGroup(FarmGroup):
    """A group of such commands."""

    command_class = ClientCommand
