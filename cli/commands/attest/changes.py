"""`bootfarm attest changes` and `first-changed`: what changed, where and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cli.client_command import ClientCommand
from cli.commands.attest.answer_shapes import ChangeLine, ChangePage
from cli.commands.attest.question import answer, asks
from cli.output import Output

if TYPE_CHECKING:
    from farm.folding import Fold

_KINDS = ("tier", "image", "firmware", "pcr", "enrolment")
_HEADERS = ("at", "machine", "what", "from", "to", "cause", "boots", "commits")
_NONE = "Nothing changed that matches."
_FILTERS = ("machine", "tag", "repo", "tier", "pcr", "cause", "since", "until", "at")

_KIND = click.option("--kind", multiple=True, type=click.Choice(_KINDS), help="Only these; repeat for OR.")
_WORSE = click.option("--worse", is_flag=True, help="Only tiers that got worse.")
_UNACKNOWLEDGED = click.option("--unacknowledged", is_flag=True, help="Only what nobody has acknowledged.")


def _row(one: ChangeLine) -> tuple[object, ...]:
    boots, commits = f"{one.boot_before} -> {one.boot_after}", f"{one.commit_before[:10]} -> {one.commit_after[:10]}"
    return (one.at, one.machine, one.what, one.before[:16], one.after[:16], one.cause, boots, commits)


def _fold_row(fold: Fold[ChangeLine]) -> tuple[object, ...]:
    newest, oldest = fold.rows[0], fold.rows[-1]
    if not fold.flips:
        return _row(newest)
    values = (value[:16] for value in fold.values)
    flips = f"{', '.join(fold.causes)}, {fold.flips} flips"
    commits = f"{oldest.commit_before[:10]} -> {newest.commit_after[:10]}"
    return (
        newest.at,
        newest.machine,
        newest.what,
        *values,
        flips,
        f"{oldest.boot_before} -> {newest.boot_after}",
        commits,
    )


@click.command("changes", cls=ClientCommand, prints=(ChangeLine,))
@_KIND
@_WORSE
@_UNACKNOWLEDGED
@click.option("--news", is_flag=True, help="Leave out what a new image explains, but never a tier.")
@click.option("--unfold", is_flag=True, help="On a terminal, show each flip of what goes back and forth.")
@asks(*_FILTERS)
@click.pass_obj
def changes(output: Output, /, pcr: tuple[int, ...], unfold: bool, **query: Any) -> None:
    """Changes, the newest first, each with its cause. --tier is what a tier changed to.

    A terminal shows what goes back and forth between two values in one row. All other forms have a row for each change.
    """
    numbers = tuple(map(str, pcr))
    asked = {"pcr": numbers, **query}
    if unfold or not sys.stdout.isatty():
        answer(output, "/changes", ChangePage, _HEADERS, _row, _NONE, **asked)
        return
    from farm.folding import folded

    folds: list[Fold[ChangeLine]] = []

    def fold(found: list[ChangeLine]) -> list[Fold[ChangeLine]]:
        folds.extend(folded(found))
        return folds

    answer(output, "/changes", ChangePage, _HEADERS, _fold_row, _NONE, folded=fold, **asked)
    flips = sum(one.flips for one in folds)
    if flips:
        output.say(f"{flips} flips between two values are folded; --unfold shows each.")


@click.command("first-changed", cls=ClientCommand, prints=(ChangeLine,))
@_KIND
@_WORSE
@_UNACKNOWLEDGED
@click.option("--expected", is_flag=True, help="Also what a new image changes, as expected.")
@asks(*_FILTERS)
@click.pass_obj
def first_changed(output: Output, /, pcr: tuple[int, ...], **query: Any) -> None:
    """The boot, and so the commit, that first changed a tier or a PCR of each machine.

    Of the last 14 days, unless --since says otherwise. What a new image changes, as expected, is left out, but never a
    tier, unless --expected or a --cause is given.
    """
    numbers = tuple(map(str, pcr))
    answer(output, "/changes/first", ChangePage, _HEADERS, _row, _NONE, pcr=numbers, **query)
