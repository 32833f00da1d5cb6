"""What every command shares: `--json`, `--no-color` and `--quiet`, and loading only the command that was asked for."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from cli.exit_codes import ExitCode
from cli.output import Output

# Command name to the module that has it, as `module:attribute`, and its line in the help.
Table = Mapping[str, tuple[str, str]]


class FarmCommand(click.Command):
    """A command that hands an `Output` to its function."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As click's, with three more options."""
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."),
            click.Option(["--no-color"], is_flag=True, help="No colours; NO_COLOR in the environment does it too."),
            click.Option(["--quiet", "-q"], is_flag=True, help="No progress on stderr."),
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Turn the shared options into the context's `Output`."""
        ctx.obj = self.output(ctx)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read us has gone; the interpreter must not fail once more when it flushes at its end. Click
            # itself would end with 1, which means that a boot failed.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(ExitCode.BROKEN_PIPE)
        return result

    def output(self, ctx: click.Context) -> Output:
        """Take the shared options out of the parameters."""
        as_json, no_color, quiet = (ctx.params.pop(name) for name in ("as_json", "no_color", "quiet"))
        return Output(json=as_json, color=not no_color, quiet=quiet)


class FarmGroup(click.Group):
    """A group of such commands."""

    command_class = FarmCommand


class LazyGroup(FarmGroup):
    """A group that knows its commands' names and imports the one that runs."""

    def __init__(self, *args: Any, tables: Mapping[str, Table], **kwargs: Any) -> None:
        """`tables` by the title of their section in the help."""
        super().__init__(*args, **kwargs)
        self.tables = tables

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help."""
        return [name for table in self.tables.values() for name in table]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        for table in self.tables.values():
            if cmd_name in table:
                module, _, attribute = table[cmd_name][0].partition(":")
                command: click.Command = getattr(importlib.import_module(module), attribute)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, naming the nearest command to one that there isn't."""
        import difflib

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near or "Did you mean" in error.message:
                raise
            raise click.UsageError(f'{error.message} Did you mean "{near[0]}"?', ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's lists, from the tables alone."""
        for title, table in self.tables.items():
            with formatter.section(title):
                formatter.write_dl([(name, line) for name, (_, line) in table.items()])
