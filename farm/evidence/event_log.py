"""The crypto-agile event log of TCG2 firmware (TCG PC Client Platform Firmware Profile 1.06, section 10).

Integers are little-endian. A log proves nothing by itself: only digests are extended, so types and data are for people,
and a log is believed as far as its digests replay to values that a TPM signed.
"""

import hashlib
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from farm.evidence.reader import Reader

NO_ACTION = 0x00000003
_SHA256 = 0x000B
_SIGNATURE = b"Spec ID Event03\0"
_LOCALITY = b"StartupLocality\0"
_MOST_DIGEST = 64


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One TCG_PCR_EVENT2: `digest` is that of the SHA-256 bank, `offset` where the event begins in the log."""

    offset: int
    pcr: int
    kind: int
    digest: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class EventLog:
    """A whole log. `locality` is that of TPM2_Startup, which sets the first value of PCR[0] (Part 1, 17.4)."""

    events: tuple[LogEvent, ...]
    locality: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read all of `data`.

        Raises:
            Malformed: another format, no SHA-256 bank, an event without its digest, a length beyond the end.
        """
        reader = Reader(data, "event log", order="little")
        sizes = _header(reader)
        usual = _Usual(sizes)
        events, locality = [], 0
        while reader.at < len(data):
            event = usual.event(reader) or _event(reader, sizes)
            if event.kind == NO_ACTION:
                locality = _startup_locality(event, locality)
            events.append(event)
        return cls(tuple(events), locality)

    def replay(self, indexes: Collection[int]) -> dict[int, bytes]:
        """The value of each of these PCRs after all events, in the SHA-256 bank."""
        values = {index: bytes(32) for index in indexes}
        if 0 in values:
            values[0] = bytes(31) + bytes([self.locality])
        for event in self.events:
            if event.kind != NO_ACTION and event.pcr in values:
                values[event.pcr] = hashlib.sha256(values[event.pcr] + event.digest).digest()
        return values


def _header(reader: Reader) -> dict[int, int]:
    """TCG_EfiSpecIDEvent in an event of the old form: which digests each event carries, and how long they are."""
    if reader.number(4, "header PCR") or reader.number(4, "header type") != NO_ACTION or any(reader.take(20, "header")):
        reader.at = 0
        reader.refuse("header", "is not the header of a crypto-agile log")
    size = reader.number(4, "header size")
    end = reader.at + size
    if reader.take(16, "header signature") != _SIGNATURE:
        reader.at -= 16
        reader.refuse("header signature", 'is not "Spec ID Event03"')
    reader.take(8, "header versions")
    count = reader.count(4, "algorithms", 1, 16)
    sizes: dict[int, int] = {}
    for _ in range(count):
        algorithm = reader.number(2, "algorithm")
        if algorithm in sizes:
            reader.refuse("algorithm", f"0x{algorithm:04x} comes twice")
        sizes[algorithm] = reader.count(2, "digest size", 1, _MOST_DIGEST)
    reader.take(reader.number(1, "vendor size"), "vendor information")
    if reader.at != end:
        reader.refuse("header size", f"says that the header ends at {end}")
    if sizes.get(_SHA256) != 32:
        reader.refuse("algorithms", "have no SHA-256 of 32 bytes")
    return sizes


class _Usual:
    """Events with one digest of each algorithm, in the header's order, as firmware writes them: read at once, to the
    same effect as field by field."""

    def __init__(self, sizes: dict[int, int]) -> None:
        self._fields = struct.Struct("<III" + "".join(f"H{size}s" for size in sizes.values()) + "I")
        self._algorithms = tuple(sizes)
        self._sha256 = 4 + 2 * self._algorithms.index(_SHA256)

    def event(self, reader: Reader) -> LogEvent | None:
        """The next event; None where it is of another form, or not sound."""
        begin, data = reader.at, reader.data
        end = begin + self._fields.size
        if end > len(data):
            return None
        found = self._fields.unpack_from(data, begin)
        pcr, kind, count, size = found[0], found[1], found[2], found[-1]
        if pcr > 23 or count != len(self._algorithms) or found[3:-1:2] != self._algorithms or end + size > len(data):
            return None
        reader.at = end + size
        return LogEvent(begin, pcr, kind, found[self._sha256], data[end : end + size])


def _event(reader: Reader, sizes: dict[int, int]) -> LogEvent:
    offset = reader.at
    pcr, kind = reader.number(4, "PCR index"), reader.number(4, "event type")
    if pcr > 23 and kind != NO_ACTION:
        reader.at = offset
        reader.refuse("PCR index", f"is {pcr}; there are PCR 0 to 23")
    count = reader.count(4, "digests", 1, len(sizes))
    digests: dict[int, bytes] = {}
    for _ in range(count):
        algorithm = reader.number(2, "digest algorithm")
        if algorithm not in sizes or algorithm in digests:
            reader.at -= 2
            reader.refuse("digest algorithm", f"0x{algorithm:04x} is not in the header, or comes twice")
        digests[algorithm] = reader.take(sizes[algorithm], "digest")
    if _SHA256 not in digests:
        reader.refuse("digests", "have none of SHA-256")
    data = reader.take(reader.number(4, "event size"), "event data")
    return LogEvent(offset, pcr, kind, digests[_SHA256], data)


def _startup_locality(event: LogEvent, before: int) -> int:
    if event.pcr == 0 and event.data.startswith(_LOCALITY) and len(event.data) == len(_LOCALITY) + 1:
        return event.data[-1]
    return before
