"""CATT1 and CBND1, the two blocks that an application emits (attestation.md section 2)."""

import struct
from dataclasses import dataclass
from typing import Self

from farm.evidence.reader import Reader

DIGEST = 32
"""Bytes of a SHA-256 digest, and of a PCR in the SHA-256 bank."""
PcrValues = tuple[tuple[int, bytes], ...]

_HEAD = struct.Struct(">5sH16s32sB")
_TAIL = struct.Struct(">BB32sH88sH129sH72s")  # one PCR; key, attest and signature as long as they usually are
_CATT1_MOST = 5 + 2 + 64 + 32 + 1 + 16 * 32 + 1 + 24 * 33 + 2 + 256 + 2 + 256 + 2 + 128
LONGEST = {"CATT1": _CATT1_MOST, "CBND1": 5 + 2 + 256 + 2 + 256 + 2 + 128 + 1 + 24 * 33 + 4 + (1 << 20)}
"""The most bytes that each block can have."""


@dataclass(frozen=True, slots=True)
class Catt1:
    """The evidence of an application: what it measured, and its own TPM's quote of it."""

    nonce: bytes
    image_digest: bytes
    measurements: tuple[bytes, ...]
    pcrs: PcrValues
    ak_public: bytes
    attest: bytes
    signature: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read all of `data`.

        Raises:
            Malformed: a wrong magic, a length out of its limits or beyond the end, PCRs out of order, trailing bytes.
        """
        if usual := _usual(data):
            return cls(*usual)
        reader = Reader(data, "CATT1")
        if reader.take(5, "magic") != b"CATT1":
            reader.at = 0
            reader.refuse("magic", "is not CATT1")
        nonce = reader.sized("nonce", 16, 64)
        image_digest = reader.take(DIGEST, "image digest")
        measurements = _measurements(reader, image_digest)
        pcrs = _pcr_values(reader)
        quote = _quote(reader, "AK public")
        reader.end()
        return cls(nonce, image_digest, measurements, pcrs, *quote)


@dataclass(frozen=True, slots=True)
class Cbnd1:
    """What binds an application's key to a machine: the machine's TPM quotes what booted and whose key it is."""

    ak_public: bytes
    attest: bytes
    signature: bytes
    pcrs: PcrValues
    event_log: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read all of `data`.

        Raises:
            Malformed: as for CATT1.
        """
        reader = Reader(data, "CBND1")
        if reader.take(5, "magic") != b"CBND1":
            reader.at = 0
            reader.refuse("magic", "is not CBND1")
        quote = _quote(reader, "platform AK public")
        pcrs = _pcr_values(reader)
        size = reader.count(4, "event log", 1, 1 << 20)
        log = reader.take(size, "event log")
        reader.end()
        return cls(*quote, pcrs, log)


def _usual(data: bytes) -> tuple[bytes, bytes, tuple[bytes, ...], PcrValues, bytes, bytes, bytes] | None:
    """The fields of CATT1 with a nonce of 16 bytes and one PCR, read at once to the same effect as field by field."""
    size = len(data)
    if size < _HEAD.size + _TAIL.size:
        return None
    magic, nonce_size, nonce, image, count = _HEAD.unpack_from(data)
    pcrs, index, value, *sizes_and_fields = _TAIL.unpack_from(data, size - _TAIL.size)
    measured = size - _HEAD.size - _TAIL.size
    if magic != b"CATT1" or nonce_size != 16 or pcrs != 1 or index >= 24 or sizes_and_fields[::2] != [88, 129, 72]:
        return None
    if not 1 <= count <= 16 or measured != count * DIGEST or not data.startswith(image, _HEAD.size):
        return None
    measurements = tuple([data[at : at + DIGEST] for at in range(_HEAD.size, _HEAD.size + measured, DIGEST)])
    public, attest, signature = sizes_and_fields[1::2]
    return nonce, image, measurements, ((index, value),), public, attest, signature


def _quote(reader: Reader, key: str) -> tuple[bytes, bytes, bytes]:
    return reader.sized(key, 1, 256), reader.sized("attest", 1, 256), reader.sized("signature", 1, 128)


def _measurements(reader: Reader, image_digest: bytes) -> tuple[bytes, ...]:
    count = reader.count(1, "measurements", 1, 16)
    begin = reader.at
    taken = reader.take(count * DIGEST, "measurements")
    if not taken.startswith(image_digest):
        reader.at = begin
        reader.refuse("measurements", "do not begin with the image digest")
    return tuple(taken[at : at + DIGEST] for at in range(0, len(taken), DIGEST))


def _pcr_values(reader: Reader) -> PcrValues:
    """Indexes ascend and none comes twice, so that there is one way to write a set of values."""
    count = reader.count(1, "PCR values", 1, 24)
    begin = reader.at
    values = tuple(struct.iter_unpack("B32s", reader.take(count * (1 + DIGEST), "PCR values")))
    last = -1
    for position, (index, _) in enumerate(values):
        if not last < index < 24:
            reader.at = begin + position * (1 + DIGEST)
            why = "there are PCR 0 to 23" if index >= 24 else f"comes after PCR {last}; they ascend, none twice"
            reader.refuse("PCR values", f"PCR {index}: {why}")
        last = index
    return values
