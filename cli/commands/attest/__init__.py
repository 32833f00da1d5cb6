"""`bootfarm attest`: evidence, and what was made of it. Each command is a module, loaded when it runs."""

import click

from cli.command import LazyGroup


@click.group(
    cls=LazyGroup,
    tables={
        "Commands": {
            "reference": ("cli.commands.attest.reference:reference", "See and decide about reference values."),
            "policy": ("cli.commands.attest.policy:policy", "See, try and add policies."),
            "enrolment": ("cli.commands.attest.enrolment:enrolment", "See and end the keys of machines."),
            "reappraise": ("cli.commands.attest.reappraise:reappraise", "Judge everything that is kept again."),
            "verify-log": ("cli.commands.attest.verify_log:verify_log", "Find changed or missing rows."),
            "verify": ("cli.commands.attest.verify:verify", "Judge evidence again."),
        }
    },
)
def attest() -> None:
    """Evidence of boots, and what the verifier made of it."""
