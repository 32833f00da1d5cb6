"""The first line at which two consoles part, once what always differs (times, addresses, keys) is masked."""

import re
from dataclasses import dataclass

from farm.consoles import Stream
from farm.evidence.framing import ATTEST, BIND

MOST_LINES = 20_000
"""How far consoles are compared; beyond it they count as equal, and the comparison says so."""
_BATCH = 500

# In this order: a time or an address would otherwise be taken for a number with a unit.
_MASKS = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), "<id>"),
    (re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", re.I), "<mac>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?"), "<time>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.I), "<address>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.I), "<hex>"),
    (re.compile(r"[+-]?\b\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|seconds|cycles|ticks)\b"), "<duration>"),
    (re.compile(r"^\[\s*\d+\.\d+\]"), "<time>"),
)


@dataclass(frozen=True)
class ConsoleDivergence:
    """Line numbers count from 1; a text is None where that console had ended. `compared` lines were the same before."""

    line_a: int
    line_b: int
    a: str | None
    b: str | None
    compared: int


def masked(line: str) -> str:
    """A line without what differs from boot to boot."""
    for pattern, word in _MASKS:
        line = pattern.sub(word, line)
    return " ".join(line.split())


def divergence(a: Stream, b: Stream) -> tuple[ConsoleDivergence | None, int]:
    """Where they part, None if they don't; and how many lines were compared. Blank lines and evidence count nothing."""
    left, right, same = _Reader(a), _Reader(b), 0
    while same < MOST_LINES:
        one, other = left.line(), right.line()
        if one is None and other is None:
            return None, same
        if one is None or other is None or masked(one[1]) != masked(other[1]):
            line_a, text_a = one or (left.number, None)
            line_b, text_b = other or (right.number, None)
            return ConsoleDivergence(line_a, line_b, text_a, text_b, same), same
        same += 1
    return None, same


class _Reader:
    """One console's telling lines, one after the other."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self.number = stream, 1
        self._rows: list[tuple[int, str]] = []
        self._end = b""

    def line(self) -> tuple[int, str] | None:
        """The next line and its number; None at the end."""
        while True:
            if not self._rows:
                found = self._stream.read_lines(self.number, _BATCH)
                self._rows = [(line.number, line.text) for line in reversed(found.lines)]
                if not self._rows:
                    return None
                self.number = found.next_number
            number, text = self._rows.pop()
            if self._tells(text):
                return number, text

    def _tells(self, text: str) -> bool:
        """Blocks of evidence are other bytes in each boot, and are compared as evidence."""
        word = text.strip().encode()
        if self._end:
            self._end = b"" if word == self._end else self._end
            return False
        self._end = next((block.end for block in (ATTEST, BIND) if word == block.begin), b"")
        return bool(word) and not self._end
