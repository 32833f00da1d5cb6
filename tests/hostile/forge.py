"""A TPM that signs whatever it is told: evidence with every field free, made with a P-256 key in Python.

Each part is made from the fields before it, so a mutant changes one field and everything after it is consistent again
(well signed by a liar), or changes bytes at the end (damaged on the way).
"""

import hashlib
import struct
from dataclasses import dataclass, field, replace
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from farm.evidence.curve import N

OWNER, ENDORSEMENT, PLATFORM, NULL = (bytes.fromhex(f"400000{low:02x}") for low in (0x01, 0x0B, 0x0C, 0x07))


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def sized(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def extended(*digests: bytes) -> bytes:
    value = bytes(32)
    for digest in digests:
        value = sha256(value, digest)
    return value


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key in a TPM, by the bytes of its public area."""

    secret: int
    attributes: int = 0x00050072
    hierarchy: bytes = OWNER
    curve: int = 0x0003
    name_algorithm: int = 0x000B
    symmetric: int = 0x0010
    scheme: bytes = bytes.fromhex("0018000b")
    kdf: int = 0x0010
    policy: bytes = b""
    point: tuple[bytes, bytes] | None = None
    """x and y as written; None for the key's own."""

    @cached_property
    def private(self) -> EllipticCurvePrivateKey:
        return derive_private_key(self.secret, SECP256R1())

    @cached_property
    def own_point(self) -> tuple[bytes, bytes]:
        numbers = self.private.public_key().public_numbers()
        return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")

    @cached_property
    def public(self) -> bytes:
        x, y = self.point or self.own_point
        head = struct.pack(">HHI", 0x0023, self.name_algorithm, self.attributes) + sized(self.policy)
        scheme = struct.pack(">H", self.symmetric) + self.scheme + struct.pack(">HH", self.curve, self.kdf)
        return head + scheme + sized(x) + sized(y)

    @property
    def name(self) -> bytes:
        return b"\0\x0b" + sha256(self.public)

    @property
    def qualified(self) -> bytes:
        return b"\0\x0b" + sha256(self.hierarchy, self.name)

    def numbers(self, message: bytes) -> tuple[int, int]:
        """r and s of a signature."""
        return decode_dss_signature(self.private.sign(message, ECDSA(SHA256())))

    def sign(self, message: bytes) -> bytes:
        return signature(*self.numbers(message))


def signature(r: int, s: int, head: bytes = bytes.fromhex("0018000b")) -> bytes:
    return head + sized(integer(r)) + sized(integer(s))


def integer(value: int) -> bytes:
    return value.to_bytes(max(32, (value.bit_length() + 7) // 8), "big")


def high_s(message: bytes, key: Key) -> bytes:
    """The other signature that verifies: (r, n-s)."""
    r, s = key.numbers(message)
    return signature(r, N - s)


def bank(*indexes: int, algorithm: int = 0x000B, size: int = 3) -> bytes:
    """A TPMS_PCR_SELECTION."""
    bits = sum(1 << index for index in indexes)
    return struct.pack(">HB", algorithm, size) + (bits & (1 << 8 * size) - 1).to_bytes(size, "little")


@dataclass(frozen=True, kw_only=True)
class Attest:
    """A TPMS_ATTEST by its fields."""

    signer: bytes
    extra: bytes
    pcr_digest: bytes
    banks: tuple[bytes, ...]
    magic: int = 0xFF544347
    kind: int = 0x8018
    clock: int = 12_345
    safe: int = 1
    tail: bytes = b""
    bank_count: int | None = None

    @property
    def data(self) -> bytes:
        count = len(self.banks) if self.bank_count is None else self.bank_count
        head = struct.pack(">IH", self.magic, self.kind) + sized(self.signer) + sized(self.extra)
        clock = struct.pack(">QIIBQ", self.clock, 0x1234, 0x5678, self.safe, 0x2020_0102_0304_0506)
        selection = struct.pack(">I", count) + b"".join(self.banks)
        return head + clock + selection + sized(self.pcr_digest) + self.tail


@dataclass(frozen=True, kw_only=True)
class Inner:
    """The application's evidence by its fields; what is None follows from the others."""

    nonce: bytes
    measurements: tuple[bytes, ...]
    key: Key
    pcrs: tuple[tuple[int, bytes], ...] | None = None
    banks: tuple[bytes, ...] = (bank(10),)
    image_digest: bytes | None = None
    attest_fields: dict[str, object] = field(default_factory=dict)
    signed: bytes | None = None

    @cached_property
    def values(self) -> tuple[tuple[int, bytes], ...]:
        return ((10, extended(*self.measurements)),) if self.pcrs is None else self.pcrs

    @cached_property
    def attest(self) -> bytes:
        digest = sha256(*(value for _, value in self.values))
        made = Attest(signer=self.key.qualified, extra=self.nonce, pcr_digest=digest, banks=self.banks)
        return replace(made, **self.attest_fields).data  # type: ignore[arg-type]

    @cached_property
    def signature(self) -> bytes:
        return self.key.sign(self.attest) if self.signed is None else self.signed

    @cached_property
    def fields(self) -> dict[str, bytes]:
        """CATT1's fields in order, encoded."""
        image = self.measurements[0] if self.image_digest is None else self.image_digest
        return {
            "magic": b"CATT1",
            "nonce": sized(self.nonce),
            "image": image,
            "measurements": bytes([len(self.measurements)]) + b"".join(self.measurements),
            "pcrs": values_field(self.values),
            "public": sized(self.key.public),
            "attest": sized(self.attest),
            "signature": sized(self.signature),
        }

    @property
    def block(self) -> bytes:
        return b"".join(self.fields.values())


def values_field(values: tuple[tuple[int, bytes], ...]) -> bytes:
    return bytes([len(values)]) + b"".join(bytes([index]) + value for index, value in values)
