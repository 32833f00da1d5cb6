"""TPMT_SIGNATURE of ECDSA with SHA-256 (TPM 2.0 Library, Part 2, 11.3.4)."""

from farm.evidence.reader import Reader

_HEAD, _32 = b"\x00\x18\x00\x0b", b"\x00\x20"
_USUAL = 4 + 2 + 32 + 2 + 32
"""Bytes with r and s of 32 each, as TPMs write them: read at once, to the same effect as field by field."""


def parse(data: bytes) -> tuple[int, int]:
    """r and s, each of 1 to 32 bytes; whether they are in range is for the curve to say.

    Raises:
        Malformed: another algorithm or hash, a length out of its limits or beyond the end, trailing bytes.
    """
    if len(data) == _USUAL and data[:6] == _HEAD + _32 and data[38:40] == _32:
        return int.from_bytes(data[6:38], "big"), int.from_bytes(data[40:], "big")
    reader = Reader(data, "TPMT_SIGNATURE")
    if reader.take(4, "sigAlg and hash") != _HEAD:
        reader.at = 0
        reader.refuse("sigAlg and hash", "is not ECDSA with SHA-256")
    r, s = reader.sized("r", 1, 32), reader.sized("s", 1, 32)
    reader.end()
    return int.from_bytes(r, "big"), int.from_bytes(s, "big")
