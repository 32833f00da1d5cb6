"""`bootfarm attest`: evidence, and what was made of it. Each command is a module, loaded when it runs."""

import click

from cli.command import LazyGroup


@click.group(
    cls=LazyGroup,
    tables={
        "Questions": {
            "latest": ("cli.commands.attest.latest:latest", "Where each machine stands."),
            "history": (
                "cli.commands.attest.history:history",
                "Appraisals, such as of a machine in some days.",
            ),
            "images": ("cli.commands.attest.images:images", "Images, and where each ran."),
            "ran": ("cli.commands.attest.ran:ran", "Which machines ever ran an image."),
            "first-changed": (
                "cli.commands.attest.changes:first_changed",
                "What changed first, by which commit.",
            ),
            "changes": ("cli.commands.attest.changes:changes", "What changed, where and why."),
            "compare": ("cli.commands.attest.compare:compare", "Two boots side by side."),
            "measurements": (
                "cli.commands.attest.measurements:measurements",
                "First and last sight of each PCR value.",
            ),
            "relied": ("cli.commands.attest.relied:relied", "Which boots relied on a reference value."),
            "worse": ("cli.commands.attest.worse:worse", "Machines whose tier got worse."),
        },
        "Commands": {
            "show": ("cli.commands.attest.show:show", "What was made of one boot's evidence."),
            "reference": ("cli.commands.attest.reference:reference", "See and decide about reference values."),
            "policy": ("cli.commands.attest.policy:policy", "See, try and add policies."),
            "enrolment": ("cli.commands.attest.enrolment:enrolment", "See and end the keys of machines."),
            "reappraise": ("cli.commands.attest.reappraise:reappraise", "Judge everything that is kept again."),
            "owed": ("cli.commands.attest.owed:owed", "What the verifier failed on, and tries again."),
            "write-off": ("cli.commands.attest.owed:write_off", "Give up on evidence that it always fails on."),
            "verify-log": ("cli.commands.attest.verify_log:verify_log", "Find changed or missing rows."),
            "verify": ("cli.commands.attest.verify:verify", "Judge evidence again."),
        },
    },
)
def attest() -> None:
    """Evidence of boots, and what the verifier made of it."""
