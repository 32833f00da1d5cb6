"""Values that follow from a build before anything boots: what PCR 4 and PCR 10 must be."""

import hashlib
from collections.abc import Sequence

from farm.evidence.direct_boot import pcr4_of

__all__ = ["pcr4_of", "pcr10_of"]


def pcr10_of(measurements: Sequence[bytes]) -> bytes:
    """PCR 10 of the application's TPM after these measurements, the image digest first."""
    value = bytes(32)
    for measurement in measurements:
        value = hashlib.sha256(value + measurement).digest()
    return value
