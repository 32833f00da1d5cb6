r"""Finding a block on a console: exactly one, since the last reset, in the strictest form (attestation.md section 2).

Firmware writes `ESC [ = 3 h` whenever it opens its console, so the last of these is where the last boot of the machine
begins: EDK II's TerminalDxe sends it with each SetMode, and a cleared screen alone does not send it. Whoever writes
the console can write that as well; it only chooses which block is judged, and every block is judged by the same steps.

The console is searched as bytes; only what stands around a marker is looked at closely, so 100 MB cost a fraction of a
second.
"""

import binascii
from dataclasses import dataclass

from farm.consoles.escapes import strip_escapes
from farm.evidence.blocks import LONGEST
from farm.evidence.reader import Malformed

RESET = b"\x1b[=3h"
MOST_CONSOLE = 128 << 20
"""Bytes of console that are searched; the farm keeps about half of that (farm/consoles/limits.py)."""
_LINE = 76
_MOST_BESIDE_MARKER = 256  # bytes of escape sequences that may stand on a marker's line


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of block: its label, its format, and the lines before and after it."""

    label: str
    format: str
    begin: bytes
    end: bytes


ATTEST = Block("CITADEL-ATTEST", "CATT1", b"---BEGIN CITADEL-ATTEST---", b"---END CITADEL-ATTEST---")
BIND = Block("CITADEL-BIND", "CBND1", b"---BEGIN CITADEL-BIND---", b"---END CITADEL-BIND---")


def last_reset(console: bytes) -> int:
    """Where the output of the machine's last boot begins."""
    found = console.rfind(RESET)
    return found + len(RESET) if found >= 0 else 0


def unframe(console: bytes, block: Block, since: int) -> bytes | None:
    """The bytes of the one block at or after `since`; None if nothing of one is there.

    Raises:
        Malformed: any other number of markers or order, a marker not alone on its line, a character out of place.
    """
    begin = _one(console, block.begin, since, block)
    end = _one(console, block.end, since, block)
    if begin is None and end is None:
        return None
    if begin is None or end is None:
        missing = block.begin if begin is None else block.end
        raise Malformed(f"{block.label} frame", begin or end or 0, f"{missing.decode()} is missing")
    if end < begin:
        raise Malformed(f"{block.label} frame", end, f"{block.end.decode()} stands before {block.begin.decode()}")
    body_from = _line_after(console, begin, since, block.begin)
    body_to = console.rfind(b"\n", since, end) + 1
    _line_after(console, end, since, block.end)
    if body_to - body_from > _longest_body(block):
        raise Malformed(f"{block.label} frame", body_from, f"has {body_to - body_from} bytes; none is so long")
    return _decode(console[body_from:body_to], block, body_from)


def _longest_body(block: Block) -> int:
    characters = -(-LONGEST[block.format] // 3) * 4
    return characters + 2 * (characters // 4 + 1)  # lines may be short; nobody writes them shorter than this


def _one(console: bytes, marker: bytes, since: int, block: Block) -> int | None:
    found = console.find(marker, since)
    if found < 0:
        return None
    second = console.find(marker, found + 1)
    if second >= 0:
        raise Malformed(f"{block.label} frame", second, f"a second {marker.decode()}; the first is at {found}")
    return found


def _line_after(console: bytes, at: int, since: int, marker: bytes) -> int:
    """Where the line after a marker's begins. Nothing that one can see may stand beside the marker."""
    start = max(console.rfind(b"\n", since, at) + 1, since)
    stop = console.find(b"\n", at)
    after = at + len(marker)
    stop = len(console) if stop < 0 else stop
    before, behind = console[start:at], console[after:stop].removesuffix(b"\r")
    if len(before) + len(behind) > _MOST_BESIDE_MARKER or strip_escapes(before) or strip_escapes(behind):
        raise Malformed("frame", at, f"{marker.decode()} is not alone on its line")
    return stop + 1


def _decode(body: bytes, block: Block, offset: int) -> bytes:
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    if lines.pop() or not lines or not all(0 < len(line) <= _LINE for line in lines):
        raise Malformed(f"{block.label} frame", offset, f"its lines have 1 to {_LINE} characters each")
    text = b"".join(lines)
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise Malformed(f"{block.label} frame", offset, f"is not base64: {str(error).lower()}") from None
    # There is one text for each block: no character outside the alphabet, whole padding, no bits left over.
    if binascii.b2a_base64(data, newline=False) != text:
        raise Malformed(f"{block.label} frame", offset, "is not base64 as it is written: bits or padding left over")
    return data
