"""`bootfarm attest`: evidence, and what was made of it. Each command is a module, loaded when it runs."""

import click

from cli.command import LazyGroup


@click.group(
    cls=LazyGroup,
    tables={
        "Commands": {
            "verify": ("cli.commands.attest.verify:verify", "Judge evidence again."),
        }
    },
)
def attest() -> None:
    """Evidence of boots, and what the verifier made of it."""
