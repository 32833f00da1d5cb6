"""The output of a build: sent while it comes, bounded with head and tail kept, its first error line remembered."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from workers.build.limits import Limits

ESCAPES: Final = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
# What compilers and make call an error; "0 errors" and "-Werror" are not.
ERROR: Final = re.compile(rb"(?:^|[\s:])(?:fatal )?(?:error(?:\[\w+\])?:|\*\*\* |panicked at )", re.IGNORECASE)
LINE: Final = 8192  # bytes of a line that are searched and kept


@dataclass(frozen=True)
class Line:
    """One line of the log, escape codes removed; `number` is 1-based."""

    number: int
    text: str


class BuildLog:
    """Takes a build's output; `send` gets what the farm shall keep."""

    def __init__(self, send: Callable[[bytes], None], limits: Limits) -> None:
        """`send` is the uplink's `write`."""
        self._send = send
        self._limits = limits
        self.taken = 0  # bytes that the build printed
        self._sent = 0
        self._left_out = 0
        self._tail = bytearray()
        self._line = bytearray()
        self._number = 1
        self._last: Line | None = None
        self.first_error: Line | None = None

    def write(self, data: bytes) -> None:
        """Take what the build printed."""
        self.taken += len(data)
        room = max(0, self._limits.log_head - self._sent)
        self._deliver(data[:room])
        self._tail += data[room:]
        if len(self._tail) > 2 * self._limits.log_tail:
            self._trim()

    def say(self, sentence: str) -> None:
        """A line of the farm's own, at the start of a line."""
        self.flush()
        line = f"[bootfarm] {sentence}\n".encode(errors="backslashreplace")  # it may quote a name that is no UTF-8
        self._deliver((b"\n" if self._line else b"") + line)

    def flush(self) -> None:
        """Send the tail and say what was left out before it."""
        self._trim()
        if self._left_out:
            self._deliver(b"\n[bootfarm] %d bytes of output left out\n" % self._left_out)
        self._deliver(bytes(self._tail))
        self._left_out = 0
        self._tail.clear()

    def _trim(self) -> None:
        excess = max(0, len(self._tail) - self._limits.log_tail)
        del self._tail[:excess]
        self._left_out += excess

    @property
    def flooded(self) -> bool:
        """Whether the build printed more than any reader could want."""
        return self.taken > self._limits.log_flood

    def telling_line(self) -> Line | None:
        """The line that says best why the build failed: the first error, else the last line that is not blank."""
        return self.first_error or self._line_if_telling() or self._last

    def _deliver(self, data: bytes) -> None:
        if not data:
            return
        self._sent += len(data)
        self._send(data)
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._line += part[: max(0, LINE - len(self._line))]
            self._end_line()
        self._line += rest[: max(0, LINE - len(self._line))]

    def _line_if_telling(self) -> Line | None:
        text = ESCAPES.sub(b"", bytes(self._line)).strip()
        return Line(self._number, text.decode(errors="replace")[:1000]) if text else None

    def _end_line(self) -> None:
        line = self._line_if_telling()
        if line and not line.text.startswith("[bootfarm]"):
            self._last = line
            if self.first_error is None and ERROR.search(ESCAPES.sub(b"", bytes(self._line))):
                self.first_error = line
        self._line.clear()
        self._number += 1
