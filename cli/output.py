"""Where words go: data to stdout, progress to stderr; a terminal gets tables, a pipe tab-separated rows."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from cli.fields import Template, check_known, narrowed
from cli.text import cell, clean

if TYPE_CHECKING:
    from rich.console import Console

    from cli.shapes import Shape

_STYLES = {"pass": "green", "fail": "red", "infra": "magenta", "cancelled": "dim", "good": "green", "bad": "red"}


@dataclass(frozen=True)
class Output:
    """How this call speaks. `fields` narrows JSON, () is all; with a `template` objects are lines of it."""

    json: bool = False
    color: bool = True
    quiet: bool = False
    fields: tuple[str, ...] = ()
    template: Template | None = None

    @property
    def wants_objects(self) -> bool:
        """Whether objects are printed as they are, instead of a command's own table."""
        return self.json or self.template is not None

    def choosing(self, fields: tuple[str, ...], template: Template | None) -> Output:
        """The same with a choice of fields."""
        return replace(self, fields=fields, template=template)

    def expect(self, shape: type[Shape]) -> None:
        """Say which of its shapes the command prints this time; to be called before anything is changed.

        Raises:
            click.UsageError: a chosen field is one of another shape.
        """
        check_known(self.template.names if self.template else self.fields, [shape])

    def say(self, text: str) -> None:
        """A sentence of progress."""
        if not self.quiet:
            click.echo(clean(text), err=True)

    def line(self, text: str) -> None:
        """One line of data."""
        click.echo(clean(text) if sys.stdout.isatty() else text)
        sys.stdout.flush()

    def print_object(self, shown: Shape) -> None:
        """One JSON object on a line of its own in a pipe, indented on a terminal; or the lines of the template."""
        whole = shown.model_dump(mode="json", exclude_unset=True)
        if self.template:
            for line in self.template.lines(whole):
                self.line(line)
            return
        chosen = narrowed(whole, self.fields) if self.fields else whole
        click.echo(json.dumps(chosen, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))
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
