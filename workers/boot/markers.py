"""Finds texts in a console as it arrives: on lines without escape codes, with their offsets in the raw bytes."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.boot.escapes import EscapeStripper

# How much stripped text is kept behind the newest byte: enough for the longest marker (500 characters of up to 4
# bytes) and for the line around it. Lines may be of any length; this is all the memory that they get.
_WINDOW = 4096
_LONGEST_EXCERPT = 2000  # bytes


@dataclass(frozen=True)
class Hit:
    """Where a text was first met: the raw byte offset where it begins, and what was printed from its line's start."""

    name: str
    offset: int
    context: bytes = field(default=b"", compare=False)


class Scanner:
    """Looks for the first occurrence of each text.

    A text is met when all of it was printed within one line; lines end with LF, CR LF or a lone CR. The console need
    not be UTF-8: texts are compared as bytes.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Look for `texts`, each by a name of the caller's."""
        self._wanted = {name: text.encode() for name, text in texts.items()}
        self._stripper = EscapeStripper()
        self._window = b""
        # Runs of stripped text that the window still touches: where each starts, in stripped and in raw offsets.
        self._starts: list[int] = []
        self._raws: list[int] = []
        self._size = 0  # stripped bytes so far
        self._excerpt: bytearray | None = None
        self.fresh = b""  # what the last `feed` added, free of escape codes

    def feed(self, data: bytes) -> list[Hit]:
        """The texts that the next raw bytes completed, in the order of their offsets."""
        pieces = []
        for raw, text in self._stripper.feed(data):
            self._starts.append(self._size)
            self._raws.append(raw)
            self._size += len(text)
            pieces.append(text)
        self.fresh = fresh = b"".join(pieces)
        if not fresh:
            return []
        known = len(self._window)
        self._window += fresh
        if self._excerpt is not None and len(self._excerpt) < _LONGEST_EXCERPT:
            self._excerpt += fresh[:_LONGEST_EXCERPT]
        hits = [hit for name in list(self._wanted) if (hit := self._find(name, known))]
        self._trim()
        return sorted(hits, key=lambda hit: hit.offset)

    def keep_excerpt(self, hit: Hit) -> None:
        """Keep the line of a hit of the newest `feed` and what follows it, up to 2000 bytes."""
        self._excerpt = bytearray(hit.context)

    @property
    def excerpt(self) -> str:
        """What `keep_excerpt` kept, in printable characters."""
        return printable(bytes(self._excerpt or b"")[:_LONGEST_EXCERPT])

    @property
    def last_line(self) -> str:
        """The newest line with something on it, at most its last 200 bytes; empty if there was none."""
        return printable(_last_lines(self._window)[-200:])

    def _find(self, name: str, known: int) -> Hit | None:
        text = self._wanted[name]
        at = self._window.find(text, max(0, known - len(text) + 1))
        if at < 0:
            return None
        del self._wanted[name]
        position = self._size - len(self._window) + at
        run = bisect_right(self._starts, position) - 1
        line = max(self._window.rfind(b"\n", 0, at), self._window.rfind(b"\r", 0, at)) + 1
        context = self._window[max(line, at - _LONGEST_EXCERPT // 2) :][:_LONGEST_EXCERPT]
        return Hit(name, self._raws[run] + position - self._starts[run], context)

    def _trim(self) -> None:
        self._window = self._window[-_WINDOW:]
        first = bisect_right(self._starts, self._size - len(self._window)) - 1
        del self._starts[:first], self._raws[:first]


def _last_lines(text: bytes) -> bytes:
    """The last line that is not blank, and the line ends behind it."""
    end = len(text.rstrip())
    return text[max(text.rfind(b"\n", 0, end), text.rfind(b"\r", 0, end)) + 1 :]


def printable(text: bytes) -> str:
    """For people: lines kept, everything else that a terminal would act on replaced."""
    lines = text.decode(errors="replace").splitlines()
    kept = ("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line).strip() for line in lines)
    return "\n".join(line for line in kept if line)
