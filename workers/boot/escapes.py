"""Takes terminal escape sequences out of a byte stream, in pieces of any size.

Sequences are those of ECMA-48: CSI (as OVMF sends to clear the screen, move and colour), control strings such as OSC,
and short escapes. A machine also prints noise, so every sequence is bounded and none reaches past a line end: a stray
escape byte hides at most one sequence's worth of text, never the rest of the console.
"""

import re
from collections.abc import Iterator

_SEQUENCE = re.compile(
    rb"""\x1b(?:
        \[ [0-?]{0,64} [\x20-/]{0,8} (?P<csi>[@-~])?            # CSI: parameters, intermediates, final byte
      | [\]PX^_] [^\x07\x1b\r\n]{0,512} (?P<string>\x07)?       # a control string; its other end, ESC \, goes by itself
      | [\x20-/]{1,8} (?P<long>[0-~])?                          # such as character set selection
      | (?P<short>[0-OQ-WYZ\\`-~])                              # two bytes
    )?""",
    re.VERBOSE,
)


class EscapeStripper:
    """Remembers a sequence that its input broke off."""

    def __init__(self) -> None:
        """At raw offset 0."""
        self._held = b""
        self._offset = 0  # raw offset of the first held byte, or of the next byte

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The runs of text in the next raw bytes, each with the raw byte offset where it begins.

        However the stream is cut into pieces, the runs put together are the same.
        """
        buffer = self._held + data
        start = 0
        for sequence in _SEQUENCE.finditer(buffer):
            if sequence.start() > start:
                yield self._offset + start, buffer[start : sequence.start()]
            start = sequence.end()
            if start == len(buffer) and sequence.lastgroup is None:
                start = sequence.start()
                break
        else:
            if start < len(buffer):
                yield self._offset + start, buffer[start:]
                start = len(buffer)
        self._held = buffer[start:]
        self._offset += start
