"""Which fields of the farm's answers a caller wants, as JSON or in a template of its own."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from string import Formatter
from typing import TYPE_CHECKING, Any

import click

from cli.text import cell

if TYPE_CHECKING:
    from cli.shapes import Shape

# What a shell leaves of the escapes that people type in templates.
_ESCAPES = (("\\t", "\t"), ("\\n", "\n"))


def fields_of(shapes: Iterable[type[Shape]]) -> dict[str, list[str]]:
    """Every field of these shapes, in order, and the shapes that have it."""
    found: dict[str, list[str]] = {}
    for shape in shapes:
        for name in shape.model_fields:
            found.setdefault(name, []).append(shape.__name__.lower())
    return found


def check_known(names: Iterable[str], shapes: Iterable[type[Shape]]) -> None:
    """Refuse a name that none of these shapes has.

    Raises:
        click.UsageError: the sentence names the nearest field.
    """
    known = fields_of(shapes)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else "A bare --json= lists the fields."
            raise click.UsageError(f'There is no field "{name}" here. {hint}')


def narrowed(whole: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Only these fields of an object, or of each item of a list; one that an older farm doesn't say is null."""
    if "items" in whole:
        return {**whole, "items": [narrowed(one, names) for one in whole["items"]]}
    return {name: whole.get(name) for name in names}


class Template(Formatter):
    """A line such as `{id} {verdict}`, as Python's `str.format` reads it; of nested fields `{boots[0][id]}`.

    `{{` and `}}` are braces themselves.
    """

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            click.UsageError: it is no template.
        """
        for typed, meant in _ESCAPES:
            text = text.replace(typed, meant)
        self._text = text
        try:
            fields = [name for _, name, _, _ in self.parse(text) if name is not None]
        except ValueError as error:
            raise click.UsageError(f"--format can't be read: {error}.") from error
        if any("." in name for name in fields):
            raise click.UsageError("--format takes fields in braces, and parts of them as {boots[0][id]}.")
        if not fields:
            raise click.UsageError("--format names no field; they stand in braces, such as {id}.")
        self.names = tuple(name.partition("[")[0] for name in fields)

    def lines(self, whole: Mapping[str, Any]) -> list[str]:
        """A line for an object, or one for each item of a list."""
        return [self._line(one) for one in whole.get("items", [whole])]

    def _line(self, one: Mapping[str, Any]) -> str:
        try:
            return self.vformat(self._text, (), dict.fromkeys(self.names) | dict(one))
        except (LookupError, TypeError, ValueError) as error:
            raise click.UsageError(f"--format does not fit {one.get('id', 'the answer')}: {error}.") from error

    def format_field(self, value: Any, format_spec: str) -> str:
        """Values as in tables; with a format of their own, as Python formats them."""
        if format_spec and value is not None:
            return format(value, format_spec)
        return json.dumps(value) if isinstance(value, dict) else cell(value)
