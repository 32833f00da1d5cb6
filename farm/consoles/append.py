"""Appending by offset: a repeat is harmless, a hole is refused, a crash leaves a valid prefix.

Bytes go straight to the file; nothing is synced per append, as that would cost milliseconds each. A segment is synced
before the next one begins, so a power cut can shorten a stream but never leave a hole in it.
"""

import os
from pathlib import Path

from farm.consoles.cap import drop_middle
from farm.consoles.errors import OffsetAhead, StreamFinished, disk_faults
from farm.consoles.finish_record import finished_or_none
from farm.consoles.limits import MAX_APPEND_BYTES, Limits
from farm.consoles.line_ends import following, share
from farm.consoles.lock import locked
from farm.consoles.segments import FIRST, Segment, last_segment, read_segment, stored_bytes
from farm.consoles.times import note_arrival
from farm.errors import BadRequest, TooLarge


def append(folder: Path, offset: int, data: bytes, now_ms: int, limits: Limits) -> int:
    """Store what of `data` lies beyond the size; give the size. See `Stream.append`."""
    if offset < 0:
        raise BadRequest(f"A console offset can't be negative, and {offset} is.")
    if len(data) > MAX_APPEND_BYTES:
        raise TooLarge(
            f"One append takes at most {MAX_APPEND_BYTES} bytes, and this one has {len(data)}.",
            next_step="Send the bytes in several appends.",
        )
    with disk_faults(folder), locked(folder):
        finished = finished_or_none(folder)
        if finished:
            if offset + len(data) > finished.size:
                raise StreamFinished(offset + len(data), finished.size)
            return finished.size
        segment = last_segment(folder) or FIRST
        size = _end_of(folder, segment)
        if offset > size:
            raise OffsetAhead(offset, size)
        return _store(folder, segment, size, data[size - offset :], now_ms, limits)


def _end_of(folder: Path, segment: Segment) -> int:
    try:
        return segment.offset + stored_bytes(folder, segment)
    except FileNotFoundError:
        return segment.offset  # FIRST, before its first byte.


def _store(folder: Path, segment: Segment, size: int, data: bytes, now_ms: int, limits: Limits) -> int:
    while data:
        held = size - segment.offset
        full = held >= limits.segment_bytes
        last_byte = read_segment(folder, segment, size - 1, size) if full else b""
        taken = share(held, last_byte, data, limits)
        if not taken:
            segment = _next_segment(folder, segment, size, limits)
            continue
        note_arrival(folder, segment, size, now_ms)
        _write(folder / segment.name, data[:taken])
        size += taken
        data = data[taken:]
    return size


def _next_segment(folder: Path, segment: Segment, size: int, limits: Limits) -> Segment:
    with open(folder / segment.name, "rb") as file:
        os.fsync(file.fileno())
    drop_middle(folder, size, limits)
    return following(segment, read_segment(folder, segment, segment.offset, size))


def _write(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        left = memoryview(data)
        while left:
            # A short write (full disk) is kept: it is a valid prefix, and the sender goes on from the size.
            left = left[os.write(fd, left) :]
    finally:
        os.close(fd)
