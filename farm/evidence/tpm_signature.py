"""TPMT_SIGNATURE of ECDSA with SHA-256 (TPM 2.0 Library, Part 2, 11.3.4)."""

from farm.evidence.reader import Reader

_ECDSA, _SHA256 = 0x0018, 0x000B
_HEAD = b"\x00\x18\x00\x0b"


def parse(data: bytes) -> tuple[int, int]:
    """r and s, each of 1 to 32 bytes; whether they are in range is for the curve to say.

    Raises:
        Malformed: another algorithm or hash, a length out of its limits or beyond the end, trailing bytes.
    """
    reader = Reader(data, "TPMT_SIGNATURE")
    if reader.take(4, "sigAlg and hash") != _HEAD:
        reader.at = 0
        reader.refuse("sigAlg and hash", "is not ECDSA with SHA-256")
    r, s = reader.sized("r", 1, 32), reader.sized("s", 1, 32)
    reader.end()
    return int.from_bytes(r, "big"), int.from_bytes(s, "big")
