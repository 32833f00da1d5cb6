"""`bootfarm attest images`: which images are known, and where each ran."""

from typing import Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import KnownImage, KnownImagePage
from cli.commands.attest.question import answer, asks
from cli.output import Output

_WORST_FIRST = ("contraindicated", "verifier error", "warning", "none", "affirming")


@click.command("images", cls=ClientCommand, prints=(KnownImage,))
@asks("at")
@click.pass_obj
def images(output: Output, /, **query: Any) -> None:
    """Images, the newest first: what was decided about each, and the machines that ran it by their tiers."""
    answer(
        output,
        "/images",
        KnownImagePage,
        ("image", "state", "build", "commit", "machines", "tiers", "last boot", "last"),
        _row,
        "No image is known.",
        **query,
    )


def _row(one: KnownImage) -> tuple[object, ...]:
    known = (*_WORST_FIRST, *(tier for tier in one.tiers if tier not in _WORST_FIRST))
    tiers = ", ".join(f"{one.tiers[tier]} {tier}" for tier in known if tier in one.tiers)
    built = (one.build, (one.commit or "")[:10])
    return (one.digest[:16], one.state, *built, one.machines, tiers, one.last_boot, one.last_at)
