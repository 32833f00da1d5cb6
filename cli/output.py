"""Where words go: data to stdout, progress to stderr; a terminal gets tables, a pipe tab-separated rows."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from cli.text import cell, clean

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

_STYLES = {"pass": "green", "fail": "red", "infra": "magenta", "cancelled": "dim", "good": "green", "bad": "red"}


@dataclass(frozen=True)
class Output:
    """How this call speaks."""

    json: bool = False
    color: bool = True
    quiet: bool = False

    def say(self, text: str) -> None:
        """A sentence of progress."""
        if not self.quiet:
            click.echo(clean(text), err=True)

    def line(self, text: str) -> None:
        """One line of data."""
        click.echo(clean(text) if sys.stdout.isatty() else text)
        sys.stdout.flush()

    def print_object(self, shown: BaseModel) -> None:
        """One JSON object on a line of its own in a pipe, indented on a terminal."""
        click.echo(shown.model_dump_json(indent=2 if sys.stdout.isatty() else None, exclude_unset=True))
        sys.stdout.flush()

    def json_line(self, value: Mapping[str, Any]) -> None:
        """One JSON object on one line."""
        click.echo(json.dumps(value))
        sys.stdout.flush()

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Rows, with headers for people only."""
        texts = [[cell(value) for value in row] for row in rows]
        if not sys.stdout.isatty():
            for row in texts:
                click.echo("\t".join(row))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(*headers, box=None, pad_edge=False, header_style="bold")
        for row in texts:
            table.add_row(*(Text(text, style=_STYLES.get(text, "")) for text in row))
        self.console().print(table)

    def console(self, *, stderr: bool = False) -> Console:
        """A rich console on stdout or stderr, coloured unless the caller or NO_COLOR says otherwise."""
        from rich.console import Console

        plain = not self.color or bool(os.environ.get("NO_COLOR"))
        return Console(stderr=stderr, no_color=plain, highlight=False)
