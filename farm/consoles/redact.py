"""Writing over bytes of a finished stream: what stays has its offsets, line numbers and times, and nothing is longer.

Only bytes that end no line are written over, so every line is where it was. May be killed at any line and repeated;
what a packing that was cut short left of the raw bytes goes with the next `finish`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import zstandard

from farm.consoles.errors import disk_faults
from farm.consoles.finish_record import finished_or_none, record_finish, replace_synced
from farm.consoles.lock import locked
from farm.consoles.pieces import Gap, Piece, pieces
from farm.consoles.segments import PACKED, RAW
from farm.errors import Conflict

_LINE = re.compile(rb"[^\r\n]+")
_FILL = b"."


def redact(folder: Path, spans: Sequence[tuple[int, int]], note: bytes) -> None:
    """Write `note`, then dots over the bytes of each span. See `Stream.redact`."""
    with disk_faults(folder), locked(folder):
        finished = finished_or_none(folder)
        if finished is None:
            raise Conflict("A console that may still grow can't be redacted.", next_step="Wait for its boot's end.")
        digest, changed, begun = hashlib.sha256(), [], set[int]()
        for piece in pieces(folder, 0, finished.size):
            if isinstance(piece, Gap):
                continue
            data = _written_over(piece, spans, note, begun)
            digest.update(data)
            if data != piece.data:
                changed.append((piece.segment, data))
        # The last segment first: who looks for text that goes on, line by line, still finds all of it after a kill.
        for segment, data in reversed(changed):
            packed = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True).compress(data)
            replace_synced(folder / (segment.stem + PACKED), packed)
            (folder / (segment.stem + RAW)).unlink(missing_ok=True)  # its twin, if a packing was cut short
        record_finish(folder, replace(finished, sha256=digest.hexdigest(), redacted=True))


def _written_over(piece: Piece, spans: Sequence[tuple[int, int]], note: bytes, begun: set[int]) -> bytes:
    """The bytes as they are from now on. `begun` are the starts of spans whose first line, with the note, was met."""
    data = bytearray(piece.data)
    for start, end in spans:
        low, high = max(0, start - piece.offset), min(len(data), end - piece.offset)
        for line in _LINE.finditer(bytes(data[low:high])) if low < high else ():
            words, size = b"" if start in begun else note, len(line[0])
            begun.add(start)
            data[low + line.start() : low + line.end()] = words[:size].ljust(size, _FILL)
    return bytes(data)
