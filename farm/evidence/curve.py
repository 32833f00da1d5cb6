"""NIST P-256: our own range checks before OpenSSL, whose interfaces take more than they should.

A library may reduce a coordinate of x+p to x, and would then verify one key by the name of another. The constants are
those of SP 800-186, 3.2.1.3.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_CURVE, _ECDSA_SHA256 = SECP256R1(), ECDSA(SHA256())


def public_key(x: int, y: int) -> EllipticCurvePublicKey | None:
    """The key of a point; None if a coordinate is out of range or the point is not on the curve.

    Infinity has no coordinates, so it can't be written. OpenSSL looks whether the point is on the curve.
    """
    if not (0 <= x < P and 0 <= y < P):
        return None
    try:
        return EllipticCurvePublicNumbers(x, y, _CURVE).public_key()
    except ValueError:
        return None


def in_range(r: int, s: int) -> bool:
    """Whether r and s are what a signature may have: 1 to n-1 (FIPS 186-5, 6.4.2)."""
    return 0 < r < N and 0 < s < N


def verifies(key: EllipticCurvePublicKey, r: int, s: int, data: bytes) -> bool:
    """Whether (r, s) is the key's signature over `data`, ECDSA with SHA-256."""
    try:
        key.verify(encode_dss_signature(r, s), data, _ECDSA_SHA256)
    except InvalidSignature:
        return False
    return True
