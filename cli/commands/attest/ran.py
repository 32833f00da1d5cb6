"""`bootfarm attest ran`: which machines ever ran an image."""

from typing import Any
from urllib.parse import quote

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import Ran, RanPage
from cli.commands.attest.question import answer, asks
from cli.output import Output


@click.command("ran", cls=ClientCommand, prints=(Ran,))
@click.argument("digest")
@asks("machine", "tag", "since", "until", "at")
@click.pass_obj
def ran(output: Output, /, digest: str, **query: Any) -> None:
    """Machines that ever ran an image: by the digest of its file, its Authenticode or image digest, or a prefix."""
    answer(
        output,
        f"/images/{quote(digest.lower(), safe='')}/machines",
        RanPage,
        ("machine", "tier", "boots", "attested", "first", "first boot", "last", "last boot"),
        _row,
        "No machine ran it.",
        **query,
    )


def _row(one: Ran) -> tuple[object, ...]:
    tier = "verifier error" if one.outcome == "error" else one.tier or "no evidence"
    seen = (one.first_at, one.first_boot, one.last_at, one.last_boot)
    return (one.machine, tier, one.boots, one.attested, *seen)
