"""TPMT_PUBLIC of an attestation key (TPM 2.0 Library, Part 2, 12.2.4), of the one kind that the farm takes."""

import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from farm.evidence.reader import Reader

SHA256 = 0x000B  # TPM_ALG_SHA256 (Part 2, 6.3), as the rest
_ECC, _NULL, _ECDSA, _NIST_P256 = 0x0023, 0x0010, 0x0018, 0x0003
# The usual layout, without policy and with x and y of 32 bytes, is read at once, to the same effect as field by field.
_BEFORE, _32 = struct.pack(">HH", _ECC, SHA256), b"\0\x20"
_BETWEEN = struct.pack(">7H", 0, _NULL, _ECDSA, SHA256, _NIST_P256, _NULL, 32)
_USUAL = 4 + 4 + len(_BETWEEN) + 32 + len(_32) + 32
ATTESTATION_KEY = 0x00050072
"""TPMA_OBJECT: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign (Part 2, 8.3)."""
NO_DA = 0x00000400
"""TPMA_OBJECT noDA: the dictionary attack lockout does not count for this key. Of no matter to what it signs."""
ATTRIBUTES = {
    1: "fixedTPM",
    2: "stClear",
    4: "fixedParent",
    5: "sensitiveDataOrigin",
    6: "userWithAuth",
    7: "adminWithPolicy",
    8: "firmwareLimited",
    9: "svnLimited",
    10: "noDA",
    11: "encryptedDuplication",
    16: "restricted",
    17: "decrypt",
    18: "sign",
    19: "x509sign",
}


@dataclass(frozen=True, slots=True)
class EccPublic:
    """A P-256 key for ECDSA with SHA-256. `x` and `y` are as received, of 1 to 32 bytes, and not yet a point."""

    attributes: int
    x: bytes
    y: bytes
    name: bytes
    """nameAlg and SHA-256 of the structure (Part 1, 16): 34 bytes."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read all of `data`.

        Raises:
            Malformed: another kind of key, curve, scheme or hash; a length beyond the end; trailing bytes.
        """
        name = b"\0\x0b" + hashlib.sha256(data).digest()
        if len(data) == _USUAL and data[:4] == _BEFORE and data[8:22] == _BETWEEN and data[54:56] == _32:
            return cls(int.from_bytes(data[4:8], "big"), data[22:54], data[56:], name)
        return cls(*_read(Reader(data, "TPMT_PUBLIC")), name)


def _read(reader: Reader) -> tuple[int, bytes, bytes]:
    """Attributes, x and y, field by field."""
    _expect(reader, "type", _ECC, "TPM_ALG_ECC")
    _expect(reader, "nameAlg", SHA256, "TPM_ALG_SHA256")
    attributes = reader.number(4, "objectAttributes")
    policy_at = reader.at
    if len(reader.sized("authPolicy", 0, 32)) not in (0, 32):
        reader.at = policy_at
        reader.refuse("authPolicy", "is neither empty nor a SHA-256 digest")
    _expect(reader, "symmetric", _NULL, "TPM_ALG_NULL")
    _expect(reader, "scheme", _ECDSA, "TPM_ALG_ECDSA")
    _expect(reader, "scheme hash", SHA256, "TPM_ALG_SHA256")
    _expect(reader, "curveID", _NIST_P256, "TPM_ECC_NIST_P256")
    _expect(reader, "kdf", _NULL, "TPM_ALG_NULL")
    x, y = reader.sized("x", 1, 32), reader.sized("y", 1, 32)
    reader.end()
    return attributes, x, y


def _expect(reader: Reader, field: str, wanted: int, name: str) -> None:
    begin = reader.at
    found = reader.number(2, field)
    if found != wanted:
        reader.at = begin
        reader.refuse(field, f"is 0x{found:04x}, not {name}")


@lru_cache(64)  # nearly always the one that is wanted
def attribute_names(attributes: int) -> str:
    """TPMA_OBJECT in words."""
    names = [ATTRIBUTES.get(bit, f"bit {bit}") for bit in range(32) if attributes >> bit & 1]
    return " ".join(names) or "none"
