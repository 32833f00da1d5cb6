"""The cap: of a flood the head and the tail are kept, and the middle is dropped as the stream grows."""

from itertools import pairwise
from pathlib import Path

from farm.consoles.limits import Limits
from farm.consoles.segments import TIMES, all_segments


def drop_middle(folder: Path, size: int, limits: Limits) -> None:
    """Delete the segments that hold neither head nor tail bytes of a stream of `size` bytes. Needs the lock.

    Offsets and line numbers of what remains do not change; readers report the gap.
    """
    if size <= limits.head_bytes + limits.tail_bytes:
        return
    for segment, after in pairwise(all_segments(folder)):
        if segment.offset >= limits.head_bytes and after.offset <= size - limits.tail_bytes:
            # The times go first: were we killed in between, the segment is still there for the next pass to find.
            (folder / (segment.stem + TIMES)).unlink(missing_ok=True)
            (folder / segment.name).unlink()
