"""What an application reports of itself on the console: its own timings, and blocks of evidence.

A timing is a line of its own, `timing NAME N us`. A block stands between `---BEGIN CITADEL-ATTEST---` and
`---END CITADEL-ATTEST---` (or CITADEL-BIND), each alone on its line (attestation.md section 2). Nothing is believed
here: blocks are kept as they were printed, a second one beside the first, for whoever appraises them. The console is a
stranger's, so lines, blocks and their numbers are bounded, and what goes beyond is left out.
"""

import re
from dataclasses import dataclass
from typing import Final

from farm.wire import MAX_TIMINGS, Timing

_TIMING: Final = re.compile(rb"timing ([A-Za-z0-9][A-Za-z0-9_.:/-]{0,59}) (\d{1,15}) us")
_EDGE: Final = re.compile(rb"---(BEGIN|END) CITADEL-(ATTEST|BIND)---")
# An event log of 1 MiB, the largest that a block may hold, takes 1.4 MiB of base64.
_LONGEST_BLOCK: Final = 2 << 20
_LONGEST_LINE: Final = 4096
_MOST_BLOCKS: Final = 4  # one of each kind is right, two are a fault to be seen, more say nothing new


@dataclass(frozen=True)
class Block:
    """One block as it was printed, markers included, lines ended by LF."""

    kind: str  # "attest" or "bind"
    text: bytes


class Report:
    """Reads the console's text, free of escape codes, in pieces of any size."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.timings: list[Timing] = []
        self.blocks: list[Block] = []
        self._rest = b""
        self._open: str = ""
        self._block = bytearray()

    def feed(self, text: bytes) -> None:
        """The next piece."""
        *lines, self._rest = (self._rest + text).replace(b"\r", b"\n").split(b"\n")
        self._rest = self._rest[: _LONGEST_LINE + 1]  # one byte too long to be anything, and so it stays
        for line in lines:
            if self._open or line.startswith((b"timing ", b"---BEGIN CITADEL-")):
                self._take(line)

    def _take(self, line: bytes) -> None:
        edge = _EDGE.fullmatch(line)
        if edge and edge[1] == b"BEGIN":
            self._open, self._block = edge[2].decode().lower(), bytearray(line + b"\n")
        elif self._open:
            self._continue(line, ends=edge is not None)
        elif (timing := _TIMING.fullmatch(line)) and len(self.timings) < MAX_TIMINGS:
            self.timings.append(Timing(name=timing[1].decode(), microseconds=int(timing[2])))

    def _continue(self, line: bytes, *, ends: bool) -> None:
        if line:
            self._block += line + b"\n"
        if len(self._block) > _LONGEST_BLOCK:
            self._open = ""
        elif ends:
            if len(self.blocks) < _MOST_BLOCKS:
                self.blocks.append(Block(self._open, bytes(self._block)))
            self._open = ""
