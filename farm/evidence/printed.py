"""Where a console holds the text of evidence, for who removes it: whole blocks, and what was begun and never ended.

The verifier takes one block in the strictest form (framing.py). Here it is the other way round: whatever stands between
the markers of a block is its text, however a machine has mangled it.
"""

import re
from itertools import pairwise

from farm.evidence.blocks import LONGEST
from farm.evidence.framing import RESET

_MARK = re.compile(rb"---(BEGIN|END) CITADEL-(ATTEST|BIND)---|" + re.escape(RESET))
_LONGEST = {b"ATTEST": 2 * LONGEST["CATT1"], b"BIND": 2 * LONGEST["CBND1"]}  # of base64 with its line ends, and room
_BESIDE = rb"(?:[ \t]|\x1b\[[0-?]*+[ -/]*+[@-~])*"  # blanks and escape sequences
_BASE64 = rb"(?:" + _BESIDE + rb"[A-Za-z0-9+/=]++" + _BESIDE + rb"(?:\r\n|\r|\n|\Z))*"
_BASE64_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)" + _BASE64)


def spans(console: bytes) -> list[tuple[int, int]]:
    """Start and end of the text of each block in these bytes, without its markers.

    A block that was begun and not ended, before the next marker or a reset, has the lines of base64 that follow.
    """
    marks = pairwise([*_MARK.finditer(console), None])
    found = [(mark.end(), _end(console, mark, after)) for mark, after in marks if mark and mark[1] == b"BEGIN"]
    return [(start, end) for start, end in found if console[start:end].strip()]


def _end(console: bytes, begin: re.Match[bytes], after: re.Match[bytes] | None) -> int:
    stop = after.start() if after is not None else len(console)
    ends = after is not None and after[1] == b"END" and after[2] == begin[2]
    if ends and stop - begin.end() <= _LONGEST[begin[2]]:
        return stop
    followed = _BASE64_LINES.match(console, begin.end(), stop)
    return followed.end() if followed else begin.end()
