"""Where lines end: at LF, at CR LF, or at a lone CR (some firmware consoles print nothing else)."""

import re

from farm.consoles.limits import Limits
from farm.consoles.segments import Segment

_LINE_END = re.compile(rb"\r\n|\r|\n")


def count_line_ends(data: bytes) -> int:
    """How many lines end in `data`; CR LF is one end."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def after_last_line_end(data: bytes) -> int:
    """The index after the last line end in `data`; 0 if there is none."""
    return max(data.rfind(b"\n"), data.rfind(b"\r")) + 1


def last_line_of(segment: Segment, data: bytes) -> int:
    """The number of the last line that has a byte in `segment` or before it; `data` is what the segment holds."""
    begun = after_last_line_end(data) < len(data) or (segment.before > 0 and not count_line_ends(data))
    return segment.line + count_line_ends(data) - (not begun)


def following(segment: Segment, data: bytes) -> Segment:
    """The segment that begins after `segment`, which holds `data`."""
    ends = count_line_ends(data)
    unfinished = len(data) - after_last_line_end(data) if ends else segment.before + len(data)
    return Segment(segment.offset + len(data), segment.line + ends, unfinished)


def share(held: int, last_byte: bytes, data: bytes, limits: Limits) -> int:
    """How many bytes of `data` the segment still takes that holds `held` bytes, the last of them `last_byte`.

    A segment ends with the first line that reaches `segment_bytes`, or in mid-line when that line outgrows the slack,
    but never between CR and LF: so each segment can be split into lines without a look at its neighbours.
    """
    if held >= limits.segment_bytes:
        if last_byte == b"\r" and data[:1] == b"\n":
            return 1
        if last_byte in (b"\r", b"\n"):
            return 0
    most = min(len(data), max(0, limits.segment_bytes + limits.slack_bytes - held))
    end = _LINE_END.search(data, max(0, limits.segment_bytes - held - 1), most)
    taken = end.end() if end else most
    splits_pair = data[taken - 1 : taken] == b"\r" and data[taken : taken + 1] == b"\n"
    return taken + 1 if taken and splits_pair else taken
