"""Values that follow from a build before anything boots: what PCR 4 and PCR 10 must be."""

import hashlib
from collections.abc import Sequence

# PCR 4 after OVMF's own two events of a direct boot of one image (attestation.md section 3).
_BEFORE_IMAGE = bytes.fromhex("7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35")


def pcr4(authenticode: bytes) -> bytes:
    """PCR 4 of the machine's TPM after a direct boot of the EFI file with this Authenticode SHA-256."""
    return _extend(_BEFORE_IMAGE, authenticode)


def pcr10(measurements: Sequence[bytes]) -> bytes:
    """PCR 10 of the application's TPM after these measurements, the image digest first."""
    value = bytes(32)
    for measurement in measurements:
        value = _extend(value, measurement)
    return value


def _extend(value: bytes, digest: bytes) -> bytes:
    return hashlib.sha256(value + digest).digest()
