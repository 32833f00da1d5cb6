"""`bootfarm completion`: click's own script for a shell."""

import click
from click.shell_completion import get_completion_class

from cli.command import FarmCommand


@click.command(cls=FarmCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a completion script; `eval "$(bootfarm completion bash)"` tries it."""
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(made(ctx.find_root().command, {}, "bootfarm", "_BOOTFARM_COMPLETE").source())
