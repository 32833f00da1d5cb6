"""The segments of a stream: files whose names say where they begin.

`000000001048576-000000000012345-0.raw` begins at byte 1048576, in line 12345 (counted from 1), of which 0 bytes
stand in segments before. That third number lets a line be told whole from continued, and gives its true length, even
when the segment before was dropped. A finished segment has the same name with `.zst`; for a moment both exist.
"""

import os
from pathlib import Path
from typing import NamedTuple

import zstandard

RAW, PACKED = ".raw", ".zst"
TIMES = ".times"


class Segment(NamedTuple):
    """One file of a stream, as its name tells it. `before`: bytes of line `line` in segments before this one."""

    offset: int
    line: int
    before: int
    suffix: str = RAW

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return f"{self.offset:015d}-{self.line:015d}-{self.before}"

    @property
    def name(self) -> str:
        """The file's name."""
        return self.stem + self.suffix


FIRST = Segment(offset=0, line=1, before=0)


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith((RAW, PACKED))]
    except FileNotFoundError:
        return []


def _parsed(name: str) -> Segment:
    offset, line, before = name[:-4].split("-")
    return Segment(int(offset), int(line), int(before), name[-4:])


def all_segments(folder: Path) -> list[Segment]:
    """The stream's segments in order; none if it has not begun. Of a raw and a packed twin, the packed one."""
    by_offset = {segment.offset: segment for segment in map(_parsed, sorted(_names(folder)))}
    return list(by_offset.values())


def last_segment(folder: Path) -> Segment | None:
    """The segment that grows, or None if the stream has not begun."""
    name = max(_names(folder), default=None)
    return _parsed(name) if name else None


def stored_bytes(folder: Path, segment: Segment) -> int:
    """The raw bytes that a segment holds. Raises FileNotFoundError if it was dropped or packed meanwhile."""
    path = folder / segment.name
    if segment.suffix == RAW:
        return os.stat(path).st_size
    with open(path, "rb") as file:
        return zstandard.frame_content_size(file.read(18))


def read_segment(folder: Path, segment: Segment, start: int, end: int) -> bytes:
    """The raw bytes of a segment from `start` up to `end` (stream offsets), fewer if it holds fewer.

    Raises FileNotFoundError if it was dropped or packed meanwhile.
    """
    low, high = start - segment.offset, end - segment.offset
    with open(folder / segment.name, "rb", buffering=0) as file:
        if segment.suffix == PACKED:
            return zstandard.ZstdDecompressor().decompress(file.read())[low:high]
        high = min(high, os.fstat(file.fileno()).st_size)
        return os.pread(file.fileno(), high - low, low) if high > low else b""
