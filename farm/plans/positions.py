"""Where each key and value of a plan file stands.

`tomllib` gives values without places, so the syntax tree of tree-sitter is walked once into two maps from a dotted
path, such as `boot.machines[0]` or `on."refs/heads/main".boot.timeout`, to a place. Lines and columns count from 1,
columns in characters. Call it only with text that `tomllib` accepts: a tree with syntax errors in it has holes.
"""

import json
import re
import tomllib
from collections.abc import Iterator

import tree_sitter_toml
from pydantic import BaseModel, ConfigDict
from tree_sitter import Language, Node, Parser

LANGUAGE = Language(tree_sitter_toml.language())
Part = str | int
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_LINE = 400  # characters of a source line that a message carries; the rest of the line is of no help


class Position(BaseModel):
    """A stretch of one line: `line` and `column` from 1, `length` in characters, and the text of the line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    line: int
    column: int
    length: int = 1
    source_line: str = ""

    @property
    def origin(self) -> str:
        """The short form, `file:line`."""
        return f"{self.file}:{self.line}"


class Index:
    """The places of all keys and values of one file, by dotted path."""

    def __init__(self, text: str = "", file: str = ".bootfarm.toml") -> None:
        """Walk the tree of `text` once."""
        self.keys: dict[str, Position] = {}
        self.values: dict[str, Position] = {}
        self._file = file
        self._lines = text.encode().split(b"\n")
        self._elements: dict[tuple[Part, ...], int] = {}
        for node in Parser(LANGUAGE).parse(text.encode()).root_node.named_children:
            self._statement(node)

    def _statement(self, node: Node) -> None:
        if node.type == "pair":
            self._pair(node, ())
        elif node.type in ("table", "table_array_element"):
            self._table(node)

    def _table(self, node: Node) -> None:
        header = node.named_children[0]
        path = self._header_path(header, array=node.type == "table_array_element")
        place = self._position(node, header.end_point.column + (2 if node.type == "table_array_element" else 1))
        for shorter in range(1, len(path) + 1):
            self.keys.setdefault(dotted(path[:shorter]), place)
            self.values.setdefault(dotted(path[:shorter]), place)
        for pair in node.named_children[1:]:
            self._pair(pair, path)

    def _header_path(self, header: Node, *, array: bool) -> tuple[Part, ...]:
        names = list(key_names(header))
        path: tuple[Part, ...] = ()
        for name in names[:-1]:
            path = self._inside_last((*path, name))
        path = (*path, names[-1])
        if array:
            self._elements[path] = self._elements.get(path, 0) + 1
        return self._inside_last(path)

    def _inside_last(self, path: tuple[Part, ...]) -> tuple[Part, ...]:
        """A header below an array of tables speaks of its last element (TOML 1.0, Array of Tables)."""
        return (*path, self._elements[path] - 1) if path in self._elements else path

    def _pair(self, pair: Node, prefix: tuple[Part, ...]) -> None:
        if pair.type != "pair":
            return
        key, value = pair.named_children[0], pair.named_children[-1]
        names = tuple(key_names(key))
        for shorter in range(1, len(names)):
            self.keys.setdefault(dotted(prefix + names[:shorter]), self._position(key))
            self.values.setdefault(dotted(prefix + names[:shorter]), self._position(key))
        self.keys[dotted(prefix + names)] = self._position(key)
        self._value(value, prefix + names)

    def _value(self, value: Node, path: tuple[Part, ...]) -> None:
        self.values[dotted(path)] = self._position(value)
        if value.type == "inline_table":
            for pair in value.named_children:
                self._pair(pair, path)
        elif value.type == "array":
            elements = [node for node in value.named_children if node.type != "comment"]
            for number, element in enumerate(elements):
                self._value(element, (*path, number))

    def _position(self, node: Node, end_column: int | None = None) -> Position:
        row, start = node.start_point
        line = self._lines[row]
        end = node.end_point.column if node.end_point.row == row else len(line)
        before, inside = line[:start].decode(), line[start : end if end_column is None else end_column].decode()
        source_line = line.decode().rstrip("\r")[:LONGEST_LINE]
        return Position(
            file=self._file,
            line=row + 1,
            column=len(before) + 1,
            length=max(1, len(inside.rstrip())),
            source_line=source_line,
        )


def key_names(key: Node) -> Iterator[str]:
    """The names of a key in order. Dotted keys nest to the left in the tree, so only the leaves count."""
    if key.type == "dotted_key":
        for child in key.named_children:
            yield from key_names(child)
    elif key.type == "quoted_key":
        yield from tomllib.loads(f"{(key.text or b'').decode()} = 0")
    else:
        yield (key.text or b"").decode()


def dotted(path: tuple[Part, ...]) -> str:
    """The path as one would type it: `on."refs/heads/x".boot.machines[0]`."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            name = part if BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            written += f".{name}" if written else name
    return written
