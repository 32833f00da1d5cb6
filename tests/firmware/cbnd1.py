"""CBND1 and the event log in it, read by other means than the firmware's own or the farm's: for tests, and strict."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tests.firmware.catt1 import Evidence, Quote, folded, pcr_values, sized

SHA256 = 0x000B
NO_ACTION = 3  # an event that is extended into nothing (TCG PC Client Platform Firmware Profile, 10.4.1)


@dataclass(frozen=True, kw_only=True)
class Binding(Quote):
    """What CBND1 carries."""

    event_log: bytes


@dataclass(frozen=True)
class Event:
    """One event of the log, with its digest of the SHA-256 bank."""

    pcr: int
    kind: int
    digest: bytes
    data: bytes


def decode(data: bytes) -> Binding:
    """Take CBND1 apart. Raises AssertionError or struct.error on anything else."""
    assert data[:5] == b"CBND1", "the magic"
    ak_public, rest = sized(data[5:])
    attest, rest = sized(rest)
    signature, rest = sized(rest)
    pcrs, rest = pcr_values(rest)
    (size,) = struct.unpack_from(">I", rest)
    assert size == len(rest) - 4, "the event log ends the binding"
    return Binding(pcrs=pcrs, ak_public=ak_public, attest=attest, signature=signature, event_log=rest[4:])


def qualifying_data(evidence: Evidence) -> bytes:
    """What the platform's quote must be over."""
    attest = hashlib.sha256(evidence.attest).digest()
    return hashlib.sha256(b"citadel-bind-v1" + evidence.nonce + evidence.ak_name() + attest).digest()


def events(log: bytes) -> Iterator[Event]:
    """All events after the first, which names the sizes of digests."""
    sizes, log = _header(log)
    while log:
        pcr, kind, count = struct.unpack_from("<III", log)
        log, digests = log[12:], {}
        for _ in range(count):
            (algorithm,) = struct.unpack_from("<H", log)
            digests[algorithm], log = log[2 : 2 + sizes[algorithm]], log[2 + sizes[algorithm] :]
        (size,) = struct.unpack_from("<I", log)
        assert size <= len(log) - 4, "an event beyond the end"
        yield Event(pcr, kind, digests[SHA256], log[4 : 4 + size])
        log = log[4 + size :]


def _header(log: bytes) -> tuple[dict[int, int], bytes]:
    pcr, kind, size = struct.unpack_from("<II20xI", log)
    data = log[32 : 32 + size]
    assert (pcr, kind, data[:16]) == (0, NO_ACTION, b"Spec ID Event03\0")
    (count,) = struct.unpack_from("<I", data, 24)
    return dict(struct.unpack_from("<HH", data, 28 + 4 * place) for place in range(count)), log[32 + size :]


def replayed(log: bytes) -> dict[int, bytes]:
    """The PCRs that the events lead to."""
    extended: dict[int, list[bytes]] = {}
    for event in events(log):
        if event.kind != NO_ACTION:
            extended.setdefault(event.pcr, []).append(event.digest)
    return {pcr: folded(digests) for pcr, digests in extended.items()}
